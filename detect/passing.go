package detect

import "time"

// passing are the calls that hand a role to a service; the call PassRole itself is never logged.
var passing = steps{
	{"ec2.amazonaws.com:RunInstances", "passed", passed("iamInstanceProfile.arn", "iamInstanceProfile.name")},
	{"ec2.amazonaws.com:RequestSpotInstances", "passed", passed("launchSpecification.iamInstanceProfile.arn", "launchSpecification.iamInstanceProfile.name")},
	{"ec2.amazonaws.com:AssociateIamInstanceProfile", "passed", passed("AssociateIamInstanceProfileRequest.IamInstanceProfile.Arn", "AssociateIamInstanceProfileRequest.IamInstanceProfile.Name")},
	{"ec2.amazonaws.com:ReplaceIamInstanceProfileAssociation", "passed", passed("ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Arn", "ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Name")},
	{"lambda.amazonaws.com:CreateFunction", "passed", passed("role")},
	{"lambda.amazonaws.com:UpdateFunctionConfiguration", "passed", passed("role")},
	{"cloudformation.amazonaws.com:CreateStack", "passed", passed("roleARN")},
	{"cloudformation.amazonaws.com:UpdateStack", "passed", passed("roleARN")},
	{"cloudformation.amazonaws.com:CreateChangeSet", "passed", passed("roleARN")},
	{"ecs.amazonaws.com:RegisterTaskDefinition", "passed", passed("taskRoleArn", "executionRoleArn")},
	{"ecs.amazonaws.com:RunTask", "passed", passed("overrides.taskRoleArn", "overrides.executionRoleArn")},
	{"glue.amazonaws.com:CreateJob", "passed", passed("role")},
	{"glue.amazonaws.com:UpdateJob", "passed", passed("jobUpdate.role")},
	{"glue.amazonaws.com:CreateDevEndpoint", "passed", passed("roleArn")},
	{"sagemaker.amazonaws.com:CreateNotebookInstance", "passed", passed("roleArn")},
	{"sagemaker.amazonaws.com:CreateTrainingJob", "passed", passed("roleArn")},
	{"sagemaker.amazonaws.com:CreateProcessingJob", "passed", passed("roleArn")},
	{"codebuild.amazonaws.com:CreateProject", "passed", passed("serviceRole")},
	{"codebuild.amazonaws.com:UpdateProject", "passed", passed("serviceRole")},
	{"apprunner.amazonaws.com:CreateService", "passed", passed("instanceConfiguration.instanceRoleArn")},
	{"states.amazonaws.com:CreateStateMachine", "passed", passed("roleArn")},
	{"autoscaling.amazonaws.com:CreateLaunchConfiguration", "passed", passed("iamInstanceProfile")},
	{"bedrock-agentcore.amazonaws.com:CreateCodeInterpreter", "passed", passed("executionRoleArn")},
	{"sagemaker.amazonaws.com:UpdateNotebookInstance", "passed", passed("roleArn")},
	{"sagemaker.amazonaws.com:CreateDomain", "passed", passed("defaultUserSettings.executionRole")},
	{"glue.amazonaws.com:CreateSession", "passed", passed("role")},
	{"elasticmapreduce.amazonaws.com:RunJobFlow", "passed", passed("jobFlowRole")},
	{"emr-serverless.amazonaws.com:StartJobRun", "passed", passed("executionRoleArn")},
	{"appstream.amazonaws.com:CreateFleet", "passed", passed("iamRoleArn")},
	{"gamelift.amazonaws.com:CreateFleet", "passed", passed("instanceRoleArn")},
	{"imagebuilder.amazonaws.com:CreateInfrastructureConfiguration", "passed", passed("instanceProfileName")},
	{"amplify.amazonaws.com:CreateApp", "passed", passed("iamServiceRoleArn", "iamServiceRole")},
	{"scheduler.amazonaws.com:CreateSchedule", "passed", passed("target.roleArn")},
	{"datasync.amazonaws.com:CreateLocationS3", "passed", passed("s3Config.bucketAccessRoleArn")},
	{"eks.amazonaws.com:CreatePodIdentityAssociation", "passed", passed("roleArn")},
	{"iot.amazonaws.com:CreateRoleAlias", "passed", passed("roleArn")},
	{"transfer.amazonaws.com:CreateUser", "passed", passed("role")},
	{"codepipeline.amazonaws.com:CreatePipeline", "passed", passed("pipeline.roleArn")},
	{"bedrock-agentcore.amazonaws.com:CreateAgentRuntime", "passed", passed("roleArn")},
	{"batch.amazonaws.com:RegisterJobDefinition", "passed", passed("containerProperties.jobRoleArn")},
}

// newPassers sees which roles a principal handed over before.
func newPassers(c *Context) Stream {
	known := newFading[struct{}](DefaultMaxOpen, 90*24*time.Hour, nil)
	tried := course{
		id: "role-passed-anew", gap: c.Duration("span"),
		key:   func(h *hit) string { return h.ref.Principal },
		judge: func(_ string, hits []hit) []verdict { return passers(hits, c.Int("roles"), c.Int("services")) },
	}.stream()
	begun := newBeginnings(c)
	var fresh []hit
	inner := bySecond(func(batch []hit, emit func(Finding)) {
		now := batch[0].ref.Time
		fresh = fresh[:0]
		for _, h := range batch {
			until, _ := begun.until(h.ref.Account, now)
			usual := now.Before(until)
			if h.step("refused") || known.peek(passKey(&h), now) == nil && !usual {
				fresh = append(fresh, h)
			}
		}
		for _, h := range batch {
			if !h.step("refused") {
				known.touch(passKey(&h), now)
			}
		}
		for _, h := range fresh {
			tried.Next(h.ref, h.e, emit)
		}
	}, func(emit func(Finding)) { tried.Flush(emit) })
	inner.Evicted = func() int64 { return known.count() + begun.begun.count() + tried.Evicted() }
	return inner
}
