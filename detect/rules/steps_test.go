package rules

import (
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// escalations are the known ways from some rights in an account to more: the 28 methods that
// Rhino Security Labs described, the paths that pathfinding.cloud lists beyond them, and the
// removals of limits of hackingthe.cloud. Each step is an event with the parameter that
// makes it one.
var escalations = []struct{ method, event string }{
	{"1 new version of a policy", `{"eventSource":"iam.amazonaws.com","eventName":"CreatePolicyVersion","requestParameters":{"policyArn":"arn:aws:iam::111122223333:policy/p","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}","setAsDefault":true}}`},
	{"2 default version of a policy", `{"eventSource":"iam.amazonaws.com","eventName":"SetDefaultPolicyVersion","requestParameters":{"policyArn":"arn:aws:iam::111122223333:policy/p","versionId":"v1"}}`},
	{"3 instance with a profile", `{"eventSource":"ec2.amazonaws.com","eventName":"RunInstances","requestParameters":{"instanceType":"t3.micro","iamInstanceProfile":{"name":"admin"},"instancesSet":{"items":[{"imageId":"ami-1","minCount":1,"maxCount":1}]}}}`},
	{"4 access key of another user", `{"eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","requestParameters":{"userName":"admin"}}`},
	{"5 login of another user", `{"eventSource":"iam.amazonaws.com","eventName":"CreateLoginProfile","requestParameters":{"userName":"admin","passwordResetRequired":false}}`},
	{"6 password of another user", `{"eventSource":"iam.amazonaws.com","eventName":"UpdateLoginProfile","requestParameters":{"userName":"admin"}}`},
	{"7 policy to a user", `{"eventSource":"iam.amazonaws.com","eventName":"AttachUserPolicy","requestParameters":{"userName":"alice","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}}`},
	{"8 policy to a group", `{"eventSource":"iam.amazonaws.com","eventName":"AttachGroupPolicy","requestParameters":{"groupName":"staff","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}}`},
	{"9 policy to a role", `{"eventSource":"iam.amazonaws.com","eventName":"AttachRolePolicy","requestParameters":{"roleName":"app","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}}`},
	{"10 inline policy of a user", `{"eventSource":"iam.amazonaws.com","eventName":"PutUserPolicy","requestParameters":{"userName":"alice","policyName":"p","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}}`},
	{"11 inline policy of a group", `{"eventSource":"iam.amazonaws.com","eventName":"PutGroupPolicy","requestParameters":{"groupName":"staff","policyName":"p","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}}`},
	{"12 inline policy of a role", `{"eventSource":"iam.amazonaws.com","eventName":"PutRolePolicy","requestParameters":{"roleName":"app","policyName":"p","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}}`},
	{"13 into a group", `{"eventSource":"iam.amazonaws.com","eventName":"AddUserToGroup","requestParameters":{"userName":"alice","groupName":"ops"}}`},
	{"14 trust policy of a role", `{"eventSource":"iam.amazonaws.com","eventName":"UpdateAssumeRolePolicy","requestParameters":{"roleName":"admin","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:user/alice\"},\"Action\":\"sts:AssumeRole\"}]}"}}`},
	{"15-17 function with a role", `{"eventSource":"lambda.amazonaws.com","eventName":"CreateFunction20150331","requestParameters":{"functionName":"f","role":"arn:aws:iam::111122223333:role/admin"}}`},
	{"16 function invoked by others", `{"eventSource":"lambda.amazonaws.com","eventName":"AddPermission20150331v2","requestParameters":{"functionName":"f","principal":"999988887777","action":"lambda:InvokeFunction"}}`},
	{"17 function triggered", `{"eventSource":"lambda.amazonaws.com","eventName":"CreateEventSourceMapping20150331","requestParameters":{"functionName":"f","eventSourceArn":"arn:aws:dynamodb:us-east-1:111122223333:table/t/stream/s"}}`},
	{"18 code of a function", `{"eventSource":"lambda.amazonaws.com","eventName":"UpdateFunctionCode20150331v2","requestParameters":{"functionName":"f"}}`},
	{"26 layer of a function", `{"eventSource":"lambda.amazonaws.com","eventName":"UpdateFunctionConfiguration20150331v2","requestParameters":{"functionName":"f","layers":["arn:aws:lambda:us-east-1:999988887777:layer:l:1"]}}`},
	{"19 Glue endpoint", `{"eventSource":"glue.amazonaws.com","eventName":"CreateDevEndpoint","requestParameters":{"endpointName":"e","roleArn":"arn:aws:iam::111122223333:role/admin","publicKey":"ssh-rsa AAAA"}}`},
	{"20 key of a Glue endpoint", `{"eventSource":"glue.amazonaws.com","eventName":"UpdateDevEndpoint","requestParameters":{"endpointName":"e","publicKey":"ssh-rsa AAAA"}}`},
	{"21 stack with a role", `{"eventSource":"cloudformation.amazonaws.com","eventName":"CreateStack","requestParameters":{"stackName":"s","roleARN":"arn:aws:iam::111122223333:role/admin"}}`},
	{"21 stack updated with a role", `{"eventSource":"cloudformation.amazonaws.com","eventName":"UpdateStack","requestParameters":{"stackName":"s","roleARN":"arn:aws:iam::111122223333:role/admin"}}`},
	{"21 change set with a role", `{"eventSource":"cloudformation.amazonaws.com","eventName":"CreateChangeSet","requestParameters":{"stackName":"s","changeSetName":"c","roleARN":"arn:aws:iam::111122223333:role/admin"}}`},
	{"21 change set executed", `{"eventSource":"cloudformation.amazonaws.com","eventName":"ExecuteChangeSet","requestParameters":{"stackName":"s","changeSetName":"c"}}`},
	{"21 stack set", `{"eventSource":"cloudformation.amazonaws.com","eventName":"CreateStackSet","requestParameters":{"stackSetName":"s","administrationRoleARN":"arn:aws:iam::111122223333:role/admin"}}`},
	{"22 data pipeline", `{"eventSource":"datapipeline.amazonaws.com","eventName":"PutPipelineDefinition","requestParameters":{"pipelineId":"p"}}`},
	{"22 data pipeline created", `{"eventSource":"datapipeline.amazonaws.com","eventName":"CreatePipeline","requestParameters":{"name":"p"}}`},
	{"22 data pipeline activated", `{"eventSource":"datapipeline.amazonaws.com","eventName":"ActivatePipeline","requestParameters":{"pipelineId":"p"}}`},
	{"23 CodeStar project", `{"eventSource":"codestar.amazonaws.com","eventName":"CreateProject","requestParameters":{"name":"p"}}`},
	{"24 CodeStar project of a template", `{"eventSource":"codestar.amazonaws.com","eventName":"CreateProjectFromTemplate","requestParameters":{"name":"p"}}`},
	{"25 CodeStar team", `{"eventSource":"codestar.amazonaws.com","eventName":"AssociateTeamMember","requestParameters":{"projectId":"p","userArn":"arn:aws:iam::111122223333:user/alice"}}`},
	{"27 notebook with a role", `{"eventSource":"sagemaker.amazonaws.com","eventName":"CreateNotebookInstance","requestParameters":{"notebookInstanceName":"n","roleArn":"arn:aws:iam::111122223333:role/admin"}}`},
	{"28 link to a notebook", `{"eventSource":"sagemaker.amazonaws.com","eventName":"CreatePresignedNotebookInstanceUrl","requestParameters":{"notebookInstanceName":"n"}}`},

	{"App Runner service", `{"eventSource":"apprunner.amazonaws.com","eventName":"CreateService","requestParameters":{"serviceName":"s","instanceConfiguration":{"instanceRoleArn":"arn:aws:iam::111122223333:role/admin"}}}`},
	{"App Runner service changed", `{"eventSource":"apprunner.amazonaws.com","eventName":"UpdateService","requestParameters":{"serviceArn":"s","instanceConfiguration":{"instanceRoleArn":"arn:aws:iam::111122223333:role/admin"}}}`},
	{"code interpreter", `{"eventSource":"bedrock-agentcore.amazonaws.com","eventName":"CreateCodeInterpreter","requestParameters":{"name":"c","executionRoleArn":"arn:aws:iam::111122223333:role/admin"}}`},
	{"code interpreter session", `{"eventSource":"bedrock-agentcore.amazonaws.com","eventName":"StartCodeInterpreterSession","requestParameters":{"codeInterpreterIdentifier":"c"}}`},
	{"code interpreter invoked", `{"eventSource":"bedrock-agentcore.amazonaws.com","eventName":"InvokeCodeInterpreter","requestParameters":{"codeInterpreterIdentifier":"c"}}`},
	{"build project with a role", `{"eventSource":"codebuild.amazonaws.com","eventName":"CreateProject","requestParameters":{"name":"b","serviceRole":"arn:aws:iam::111122223333:role/admin"}}`},
	{"build with own steps", `{"eventSource":"codebuild.amazonaws.com","eventName":"StartBuild","requestParameters":{"projectName":"b","buildspecOverride":"version: 0.2"}}`},
	{"batch of builds with own steps", `{"eventSource":"codebuild.amazonaws.com","eventName":"StartBuildBatch","requestParameters":{"projectName":"b","buildspecOverride":"version: 0.2"}}`},
	{"task definition with a role", `{"eventSource":"ecs.amazonaws.com","eventName":"RegisterTaskDefinition","requestParameters":{"family":"f","taskRoleArn":"arn:aws:iam::111122223333:role/admin","containerDefinitions":[{"name":"c","image":"alpine"}]}}`},
	{"task run with other commands", `{"eventSource":"ecs.amazonaws.com","eventName":"RunTask","requestParameters":{"taskDefinition":"f:1","overrides":{"taskRoleArn":"arn:aws:iam::111122223333:role/admin","containerOverrides":[{"name":"c","command":["sh"]}]}}}`},
	{"task started with other commands", `{"eventSource":"ecs.amazonaws.com","eventName":"StartTask","requestParameters":{"taskDefinition":"f:1","overrides":{"taskRoleArn":"arn:aws:iam::111122223333:role/admin","containerOverrides":[{"name":"c","command":["sh"]}]}}}`},
	{"container service", `{"eventSource":"ecs.amazonaws.com","eventName":"CreateService","requestParameters":{"serviceName":"s","taskDefinition":"f:1"}}`},
	{"Glue job", `{"eventSource":"glue.amazonaws.com","eventName":"CreateJob","requestParameters":{"name":"j","role":"arn:aws:iam::111122223333:role/admin","command":{"name":"pythonshell","scriptLocation":"s3://b/s.py"}}}`},
	{"Glue job changed", `{"eventSource":"glue.amazonaws.com","eventName":"UpdateJob","requestParameters":{"jobName":"j","jobUpdate":{"role":"arn:aws:iam::111122223333:role/admin","command":{"scriptLocation":"s3://b/s.py"}}}}`},
	{"Glue trigger", `{"eventSource":"glue.amazonaws.com","eventName":"CreateTrigger","requestParameters":{"name":"t","type":"SCHEDULED"}}`},
	{"Glue job run", `{"eventSource":"glue.amazonaws.com","eventName":"StartJobRun","requestParameters":{"jobName":"j","arguments":{"--scriptLocation":"s3://b/s.py"}}}`},
	{"spot instances with a profile", `{"eventSource":"ec2.amazonaws.com","eventName":"RequestSpotInstances","requestParameters":{"launchSpecification":{"instanceType":"t3.micro","iamInstanceProfile":{"name":"admin"}}}}`},
	{"version of a launch template", `{"eventSource":"ec2.amazonaws.com","eventName":"CreateLaunchTemplateVersion","requestParameters":{"CreateLaunchTemplateVersionRequest":{"LaunchTemplateId":"lt-1","LaunchTemplateData":{"IamInstanceProfile":{"Name":"admin"},"UserData":"x"}}}}`},
	{"default version of a launch template", `{"eventSource":"ec2.amazonaws.com","eventName":"ModifyLaunchTemplate","requestParameters":{"ModifyLaunchTemplateRequest":{"LaunchTemplateId":"lt-1","SetDefaultVersion":2}}}`},
	{"start script of an instance", `{"eventSource":"ec2.amazonaws.com","eventName":"ModifyInstanceAttribute","requestParameters":{"instanceId":"i-1","userData":"<sensitiveDataRemoved>"}}`},
	{"profile of an instance", `{"eventSource":"ec2.amazonaws.com","eventName":"AssociateIamInstanceProfile","requestParameters":{"AssociateIamInstanceProfileRequest":{"InstanceId":"i-1","IamInstanceProfile":{"Name":"admin"}}}}`},
	{"profile of an instance replaced", `{"eventSource":"ec2.amazonaws.com","eventName":"ReplaceIamInstanceProfileAssociation","requestParameters":{"ReplaceIamInstanceProfileAssociationRequest":{"AssociationId":"a","IamInstanceProfile":{"Name":"admin"}}}}`},
	{"training job", `{"eventSource":"sagemaker.amazonaws.com","eventName":"CreateTrainingJob","requestParameters":{"trainingJobName":"t","roleArn":"arn:aws:iam::111122223333:role/admin","resourceConfig":{"instanceType":"ml.m5.large"}}}`},
	{"processing job", `{"eventSource":"sagemaker.amazonaws.com","eventName":"CreateProcessingJob","requestParameters":{"processingJobName":"p","roleArn":"arn:aws:iam::111122223333:role/admin"}}`},
	{"start script of a notebook", `{"eventSource":"sagemaker.amazonaws.com","eventName":"CreateNotebookInstanceLifecycleConfig","requestParameters":{"notebookInstanceLifecycleConfigName":"c"}}`},
	{"session on an instance", `{"eventSource":"ssm.amazonaws.com","eventName":"StartSession","requestParameters":{"target":"i-1"}}`},
	{"command to an instance", `{"eventSource":"ssm.amazonaws.com","eventName":"SendCommand","requestParameters":{"documentName":"AWS-RunShellScript","instanceIds":["i-1"]}}`},
	{"key sent to an instance", `{"eventSource":"ec2-instance-connect.amazonaws.com","eventName":"SendSSHPublicKey","requestParameters":{"instanceId":"i-1","instanceOSUser":"ec2-user","sSHPublicKey":"ssh-rsa AAAA"}}`},
	{"role put into a profile", `{"eventSource":"iam.amazonaws.com","eventName":"AddRoleToInstanceProfile","requestParameters":{"instanceProfileName":"web","roleName":"admin"}}`},
	{"organization's role assumed", `{"eventSource":"sts.amazonaws.com","eventName":"AssumeRole","requestParameters":{"roleArn":"arn:aws:iam::444455556666:role/OrganizationAccountAccessRole"}}`},

	{"policy detached from a role", `{"eventSource":"iam.amazonaws.com","eventName":"DetachRolePolicy","requestParameters":{"roleName":"app","policyArn":"arn:aws:iam::111122223333:policy/deny"}}`},
	{"policy deleted out of a role", `{"eventSource":"iam.amazonaws.com","eventName":"DeleteRolePolicy","requestParameters":{"roleName":"app","policyName":"deny"}}`},
	{"policy detached from a user", `{"eventSource":"iam.amazonaws.com","eventName":"DetachUserPolicy","requestParameters":{"userName":"alice","policyArn":"arn:aws:iam::111122223333:policy/deny"}}`},
	{"policy deleted out of a user", `{"eventSource":"iam.amazonaws.com","eventName":"DeleteUserPolicy","requestParameters":{"userName":"alice","policyName":"deny"}}`},
	{"boundary of a user deleted", `{"eventSource":"iam.amazonaws.com","eventName":"DeleteUserPermissionsBoundary","requestParameters":{"userName":"alice"}}`},
	{"boundary of a role deleted", `{"eventSource":"iam.amazonaws.com","eventName":"DeleteRolePermissionsBoundary","requestParameters":{"roleName":"app"}}`},
	{"boundary of a user replaced", `{"eventSource":"iam.amazonaws.com","eventName":"PutUserPermissionsBoundary","requestParameters":{"userName":"alice","permissionsBoundary":"arn:aws:iam::aws:policy/AdministratorAccess"}}`},
	{"boundary of a role replaced", `{"eventSource":"iam.amazonaws.com","eventName":"PutRolePermissionsBoundary","requestParameters":{"roleName":"app","permissionsBoundary":"arn:aws:iam::aws:policy/AdministratorAccess"}}`},
	{"launch configuration with a profile", `{"eventSource":"autoscaling.amazonaws.com","eventName":"CreateLaunchConfiguration","requestParameters":{"launchConfigurationName":"l","iamInstanceProfile":"admin","instanceType":"t3.micro"}}`},
}

// TestEscalationsAreSteps: each method of privilege escalation yields a finding of a rule.
func TestEscalationsAreSteps(t *testing.T) {
	detectors := loaded().Detectors()
	for _, e := range escalations {
		r, err := parser.Parse([]byte(complete(t, e.event)))
		if err != nil {
			t.Fatalf("%s: %v", e.method, err)
		}
		h := newHunt(t, detectors)
		h.add(t, r)
		best, ids := detect.Informational, ""
		for _, f := range h.end() {
			best = max(best, f.Severity)
			ids += " " + f.Detector
		}
		if ids == "" {
			t.Errorf("%s: no finding", e.method)
			continue
		}
		t.Logf("%-38s %-13s%s", e.method, best, ids)
	}
}
