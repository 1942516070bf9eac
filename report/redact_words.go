package report

import (
	"regexp"
	"strings"
	"sync"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/detect/rules"
)

// keptPaths are where a record has words of its own: paths in lower case, of records and of the event store alike.
var keptPaths = wordSet("eventversion eventtime eventsource eventname awsregion eventid requestid sharedeventid eventtype apiversion readonly eventcategory managementevent errorcode " +
	"sessioncredentialfromconsole useridentity.type useridentity.sessioncontext.attributes.mfaauthenticated useridentity.sessioncontext.attributes.creationdate " +
	"useridentity.sessioncontext.sessionissuer.type useridentity.sessioncontext.ec2roledelivery resources.type tlsdetails.tlsversion tlsdetails.ciphersuite " +
	"addendum.reason addendum.updatedfields addendum.originalrequestid addendum.originaleventid kind shape marks lookup_types derived_id session_start")

var (
	keptValue   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:+/-]{0,127}$`)
	ownMember   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	plainMember = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,63}$`)

	timeText    = regexp.MustCompile(`^\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?$|^\d{8}T\d{4,6}Z$|^[A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}:\d\d:\d\d[ \x{202f}][AP]M$`)
	typeText    = regexp.MustCompile(`^AWS::([A-Za-z0-9]{1,40})(::[A-Za-z0-9]{1,60})+$`)
	keyText     = regexp.MustCompile(`^(AKIA|ASIA|AROA|AIDA|AGPA|AIPA|ANPA|ANVA|ASCA|APKA|ABIA|ACCA)[A-Z0-9]{4,124}$`)
	versionText = regexp.MustCompile(`^[vV]?\d{1,8}(\.\d{1,8})*$`)
	addressLike = regexp.MustCompile(`(^|[^0-9])\d{1,3}((\.\d{1,3}){3}|(-\d{1,3}){3}|(_\d{1,3}){3})($|[^0-9])`) // ip-10-0-1-23
	accountLike = regexp.MustCompile(`(^|[^0-9])\d{4}-\d{4}-\d{4}($|[^0-9])`)                                   // as the console shows it
	regionText  = regexp.MustCompile(`^(af|ap|ca|cn|eu|il|me|mx|sa|us)(-[a-z]{2,10}){1,2}-\d[a-f]?$`)
	dateText    = regexp.MustCompile(`^\d{4}-\d\d-\d\d(T\d\d)?$|^\d\dZ$|^\d{8}T\d{4,6}Z$`)
	actionText  = regexp.MustCompile(`^[A-Z][A-Za-z0-9]{1,63}$`)
	servicePart = regexp.MustCompile(`^[a-z][a-z0-9-]{1,30}$`)
	caseID      = regexp.MustCompile(`^AWS-IR-[0-9a-z-]{1,20}$`)
	trailObject = regexp.MustCompile(`^(\d{12})(_CloudTrail(?:-[A-Za-z]+)?_[a-z0-9-]+_\d{8}T\d{4,6}Z_?[A-Za-z0-9]*(?:\.json)?(?:\.gz)?)$`)
	resourceID  = regexp.MustCompile(`^(i|vpc|sg|subnet|ami|snap|vol|eni|rtb|igw|nat|vpce|eipalloc|acl|pcx|lt|r|ou|o)-[0-9a-z]{4,32}$`)
	percent     = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	base64Text  = regexp.MustCompile(`^[A-Za-z0-9+/_-]{16,}={0,2}$`)
	extension   = regexp.MustCompile(`\.(csv|gz|json|jsonl|parquet|sql|zip|tar|tgz|txt|log|pdf|xlsx|docx|html|js|py|sh|yaml|yml|xml|bak|pem|env|png|jpg|jar|dump|tf|tfstate)$`)
)

// managedARN is what AWS itself made, and is the same for everybody.
var managedARN = regexp.MustCompile(`^arn:aws[a-z-]*:iam::aws:(policy|contextProvider)/[A-Za-z0-9/_+=,.@-]+$`)

// reserved are names that everybody has.
var reserved = wordSet("root aws amazon anonymous anonymous_principal hidden_due_to_security_reasons true false null none all internal default")

// chosenMembers have members that a caller named.
var chosenMembers = wordSet("tags variables environment metadata usermetadata labels attributes item expressionattributenames expressionattributevalues annotations parameters stagevariables")

// chosenByCaller reports whether the members of what stands at a path have names that a caller chose.
func chosenByCaller(path string) bool {
	return chosenMembers[path[strings.LastIndexByte(path, '.')+1:]] && !strings.HasPrefix(path, "useridentity.")
}

// namesSomething reports whether a member, by its name, says who or what: its value is a name, even where it is a word.
func namesSomething(member string) bool {
	for _, end := range [...]string{
		"name", "names", "id", "ids", "identifier", "arn", "arns", "alias", "aliases", "prefix", "key", "keys", "email", "owner", "user", "users", "role", "roles", "group", "groups", "bucket",
		"table", "host", "header", "identity", "principal", "principals", "credential", "account", "accounts", "actor", "subject", "resource_names", "lookup_username", "path", "uri", "url", "domain",
		"federatedprovider", "value",
	} {
		if strings.HasSuffix(member, end) {
			return true
		}
	}
	return false
}

// strongName reports whether the value of a member is the name of somebody or something, and no word that others use too.
func strongName(member string) bool {
	for _, end := range [...]string{
		"username", "rolename", "groupname", "policyname", "bucketname", "bucket", "functionname", "sessionname", "tablename", "trailname", "profilename", "secretid", "alias", "email", "identity",
		"arn", "principal", "principalid", "lookup_username", "accountname", "host", "hostheader",
	} {
		if strings.HasSuffix(member, end) {
			return true
		}
	}
	return false
}

// kinds are what pseudonyms begin with, by the ends of members' names and of types in ARNs; of others it is "name".
var kinds = [...]struct{ end, kind string }{
	{"sessionname", "session"}, {"username", "user"}, {"user", "user"}, {"rolename", "role"}, {"role", "role"}, {"groupname", "group"}, {"group", "group"}, {"policyname", "policy"}, {"policy", "policy"},
	{"bucketname", "bucket"}, {"bucket", "bucket"}, {"key", "object"}, {"prefix", "object"}, {"functionname", "function"}, {"function", "function"}, {"table", "table"}, {"tablename", "table"},
	{"secretid", "secret"}, {"secret", "secret"}, {"trail", "trail"}, {"trailname", "trail"}, {"instance-profile", "profile"}, {"email", "mail"},
}

func kindOf(member string) string {
	for _, k := range kinds {
		if strings.HasSuffix(member, k.end) {
			return k.kind
		}
	}
	return "name"
}

// typeServices are the services that types of resources name: AWS::S3::Bucket.
var typeServices = wordSet("accessanalyzer acmpca amplify apigateway apigatewayv2 appconfig appflow appintegrations applicationautoscaling appmesh apprunner appstream appsync athena auditmanager " +
	"autoscaling b2bi backup backupgateway batch bedrock bedrockagentcore billing budgets cassandra ce certificatemanager chatbot cleanrooms cloud9 cloudformation cloudfront cloudhsm cloudtrail cloudwatch codeartifact " +
	"codebuild codecommit codeconnections codedeploy codeguruprofiler codepipeline codestar codewhisperer cognito comprehend config connect controltower cur databrew dataexchange datapipeline datasync datazone " +
	"dax deadline detective devopsguru directconnect directoryservice dlm dms docdb dynamodb ec2 ecr ecs efs eks elasticache elasticbeanstalk elasticloadbalancing elasticloadbalancingv2 elasticsearch emr " +
	"emrcontainers emrserverless emrwal entityresolution events eventschemas evidently finspace firehose fis fms forecast frauddetector fsx gamelift geomaps geoplaces georoutes glacier globalaccelerator glue grafana greengrass " +
	"greengrassv2 groundstation guardduty healthlake iam identitystore imagebuilder inspector inspectorv2 internetmonitor iot iotanalytics iotevents iotsitewise iottwinmaker iotwireless ivs kafkaconnect kendra " +
	"kendraranking kinesis kinesisanalytics kinesisanalyticsv2 kinesisfirehose kinesisvideo kms lakeformation lambda lex licensemanager lightsail location logs lookoutmetrics m2 machinelearning macie managedblockchain " +
	"mediaconnect mediaconvert medialive mediapackage mediastore mediatailor medicalimaging memorydb mpa msk mwaa neptune neptunegraph networkfirewall networkmanager oam omics opensearchserverless opensearchservice " +
	"organizations osis outposts panorama paymentcryptography pcaconnectorad pcaconnectorscep pinpoint pipes polly proton qapps qbusiness qdeveloper qldb quicksight ram rbin rds redshift redshiftserverless rekognition resiliencehub " +
	"resourceexplorer2 resourcegroups robomaker rolesanywhere route53 route53resolver rum s3 s3express s3objectlambda s3outposts s3tables s3vectors sagemaker scheduler schemas scn sdb secretsmanager securityhub securitylake " +
	"serverless serverlessrepo servicecatalog servicediscovery ses shield signer signin simspaceweaver sns socialmessaging sqs ssm ssmcontacts ssmincidents ssmmessages sso states stepfunctions sts support supportplans swf synthetics " +
	"systemsmanager thinclient timestream transcribe transfer trustedadvisor verifiedpermissions voiceid vpclattice waf wafregional wafv2 wisdom workspaces workspacesthinclient workspacesweb xray")

// arnTypes are the types of resources that an ARN names before the resource.
var arnTypes = wordSet("user role group policy assumed-role instance-profile instance function table key alias secret trail log-group log-stream stack db cluster snapshot volume image " +
	"security-group vpc subnet mfa saml-provider oidc-provider server-certificate federated-user parameter document topic rule event-bus stateMachine repository service task " +
	"loadbalancer targetgroup distribution organization account ou root bucket object accesspoint network-interface launch-template session")

func wordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// ownMembers are members of the report's and the ledgers' whose values are coldtrail's own words, or names of calls and events.
var ownMembers = wordSet("kind state link range event event_id first_event_id last_event_id action severity")

var ownValue = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ()._:+/-]{0,127}$`)

// ownWords reports whether what stands at a path of the report or of a ledger is nobody's by its member: also the types of identities.
func ownWords(path, last string) bool {
	return ownMembers[last] || strings.HasSuffix(path, ".types.values.value")
}

// redactionWords are words that tell nothing of anybody: what AWS's messages, programs and coldtrail's own detectors and rules say.
type redactionWords struct{ all map[string]bool }

// words are made once: of coldtrail's detectors, of the titles of its rules, and of a list.
var words = sync.OnceValue(func() *redactionWords {
	w := &redactionWords{wordSet(wordList)}
	for _, d := range detect.All() {
		w.add(d.Title)
		w.add(d.Doc)
		w.add(d.Next)
	}
	for _, f := range rules.Files() {
		for line := range strings.Lines(string(f.Data)) {
			if title, ok := strings.CutPrefix(line, "title:"); ok {
				w.add(title)
			}
		}
	}
	return w
})

func (w *redactionWords) add(text string) {
	for word := range strings.FieldsFuncSeq(text, func(c rune) bool { return c > 0x7f || !isWord(byte(c)) || c == '.' || c == '@' }) {
		w.all[strings.ToLower(word)] = true
	}
}

func (w *redactionWords) has(word string) bool { return w.all[strings.ToLower(word)] }

const wordList = `a about access accessdenied account accounts action active activity add added address admin administrator after against agent alarm all allow allowed already amazon amazonaws amd64 an and
android answer any anywhere api apn app apple applewebkit application apps are aren arm64 arn as assume assumed assumerole at attach attached attempt attempts aurora authentication authorization authorized
automation availability aws aws-cli aws-internal aws-sdk-go aws-sdk-go-v2 aws-sdk-java aws-sdk-js aws-sdk-nodejs aws-sdk-php aws-sdk-ruby aws-sdk-rust awscli awslogs b3 backup based be because been before
behalf being between blocked bool boto boto3 botocore browser bucket buckets but by call called caller calls can cannot cause cfg change changed changes check chrome chromium cli client cloud cloudformation
cloudfront cloudtrail cloudtrail-digest cloudtrail-insight cn com command compatible condition config configuration configure console content control copies copy could count cpython create created creating
credential credentials crt critical current currently darwin data database date day days debian decrypt default delete deleted delivered denied deny describe description destination did directory disable disabled
does domain doesn don due during dynamodb each ec2 ecs edge effect either eks elasticbeanstalk elb empty enable enabled encrypted encryption end endpoint engine error eu event events eventtime every evidence
exact-match exceeded exception exec exec-env exist existing exists expired explicit export external failed failure false fedora field file filter find finding findings firefox first for format found from function
gb get gecko github give given global go golang got gp2 gp3 granted group groups gzip had has have header here high host hour hours how html http https iam id identity if ignored image import in inactive
indicator inf info information informational inline innocent instance instances interface internal into invalid invocation invoke invoked io ios ip ipv4 ipv6 is it item its java javascript json
kali kernel key keyname keys khtml kind kms know known lambda last later lambda-function launch legacy length less letter like limit line linux list listed lists local log logged logging login logs long low
mac macintosh macos made maintenance make malformed management many match matches max maximum may md message metadata method mfa mib micro microsoft minute missing mode modified month more most mozilla ms
must mutable my name named names network never new next no nodejs none normal not note nothing notfound now null number numbers object objects of off ok on once one only open openjdk operation
operations or organization os other others out over own owner page parameter parameters part partial password path pdf per perform performed permission permissions permitted php pid place play please
policies policy pool pop port prefix present previous primary principal principals private profile project prompt prompted provide provided provider public put py python query rate rather rb3 rds read reason received
record recorded records red region regions reject rejected related request requested requester requests required resource resources respond response result results retry return retry-mode returned role roles root
ruby rule rules run running runtime rust s s3 safari same saml san scope sdk second seconds secret secrets secure security see seen select self sent server service services session sessions set
setting settings several short should shown signed signin since single size sky slow small snapshot so some something sort source sources sql ssl standard standard start started state statement status step still
stop stopped storage string sts stub subject subnet succeeded success successfully such support supported switch system table tag tags target temporary terraform test text than that the their them then
there these they thing this those though threshold throttled through time timeout times title tls to token too total trail transaction true trust trusted try two type types ubuntu ui unauthorized under unknown
unit unless until unusual up update updated upload url urllib3 us usage use used user username users uses using utc valid validation value values version via volume vpc waf wait want was way we web well were
what when where whether which while who whole why will win64 windows with within without would write x x64 x86 x86_64 xml year yes you your yum zip zone aes256 aws4 hmac-sha256 aws4-hmac-sha256 awsservicerole get-caller-identity
pending stopping terminated terminating shutting-down available in-use completed creating active inactive required optional suspended t2 t3 m5 c5 r5 nano micro small medium large xlarge 2xlarge 4xlarge 8xlarge 16xlarge
json yaml csv parquet kb mb gb tb get put post head options arn:aws stringequals stringlike arnlike bool ipaddress notipaddress version id statement sid effect principal notprincipal action notaction resource notresource condition
md/botocore ua os lang api rt exec env cfg retry legacy adaptive source compliant assumed-role federated web identity saml2 root hardware virtual sms u2f totp wget curl powershell okhttp postman insomnia axios node fetch requests
pacu cloudgoat scoutsuite prowler s3browser rclone cyberduck parrot blackarch kubectl eksctl helm ansible pulumi serverless packer terraform hashicorp hashicorp-terraform provider-aws avro x11 suspected amz acl delimiter encoding marker uploads versioning versions lifecycle policystatus logging tcp udp icmp icmpv6 anonymous below pair mapping snapshots shared`
