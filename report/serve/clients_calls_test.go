//go:build cgo

package serve

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// boto3 makes every call that there is. What the answers have on the wire is what AWS's own model of its
// services has, and what is wrong is refused at once with an error of the service.
func TestClientCalls(t *testing.T) {
	py, chain := python(t), makeChain(t)
	s := testServer(t, Config{Cases: []Case{{"c", makeCase(t, chain.dir)}}, Evidence: map[string]string{"copy": chain.dir}, PublicKeys: []string{chain.keys}})
	in, err := json.Marshal(map[string]string{"bucket": chainBucket,
		"endless": "SELECT count(*) FROM $EDS_ID CROSS JOIN UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y) CROSS JOIN UNNEST(sequence(1, 10000)) AS c(z) WHERE x * y * z = -7"})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Answers map[string]map[string]any
		Strange map[string][]string
	}
	client{t, startServer(t, s), "eu-west-1"}.decode(&got, string(in), py, "testdata/calls.py")
	for name, found := range got.Strange {
		for _, what := range found {
			t.Errorf("%s%s", name, what)
		}
	}
	for _, service := range []struct {
		name string
		all  operations
	}{{"cloudtrail", cloudTrailOperations}, {"athena", athenaOperations}} {
		for _, operation := range slices.Sorted(maps.Keys(service.all)) {
			if _, made := got.Strange[service.name+"."+operation]; !made {
				t.Errorf("%s.%s was not called", service.name, operation)
			}
		}
	}
	for _, operation := range strings.Fields("GetObject HeadObject ListObjectsV2 ListObjects GetBucketLocation") {
		if _, made := got.Strange["s3."+operation]; !made {
			t.Errorf("s3.%s was not called", operation)
		}
	}
	for name, want := range map[string]string{
		"trails":  "map[bytes:true keys:1 logging:true names:[my_trail-1] same:true]",
		"lake":    "map[cancelled:[true CANCELLED] listed:[FINISHED CANCELLED] name:true rows:8]",
		"athena":  "map[listed:true rows:2 several:[2 1] stopped:CANCELLED]",
		"catalog": "map[catalog:AwsDataCatalog catalogs:[AwsDataCatalog] columns:true database:true group:true]",
		"objects": "map[location:<nil> part:true same:true size:true]",
	} {
		if fmt.Sprint(got.Answers[name]) != want {
			t.Errorf("%s: %v, want %s", name, got.Answers[name], want)
		}
	}
	refusals := strings.Fields(clientRefusals)
	for i := 0; i < len(refusals); i += 4 {
		name, status, _ := strings.Cut(refusals[i], "=")
		if want := fmt.Sprint([]string{status, refusals[i+1], refusals[i+2], refusals[i+3]}); fmt.Sprint(got.Answers["refusals"][name]) != want {
			t.Errorf("%s: %v, want %s", name, got.Answers["refusals"][name], want)
		}
	}
	if len(got.Answers["refusals"]) != len(refusals)/4 {
		t.Errorf("%d refusals", len(got.Answers["refusals"]))
	}
}

// clientRefusals are the status, the client's retries, the code and the class of exception of each mistake.
const clientRefusals = `
create_trail=400 0 UnknownOperationException ClientError
stop_logging=400 0 UnknownOperationException ClientError
get_trail=400 0 TrailNotFoundException TrailNotFoundException
get_trail_status=400 0 TrailNotFoundException TrailNotFoundException
get_event_data_store=400 0 EventDataStoreARNInvalidException EventDataStoreARNInvalidException
describe_query=400 0 QueryIdNotFoundException QueryIdNotFoundException
cancel_query=400 0 QueryIdNotFoundException QueryIdNotFoundException
get_query_results=400 0 QueryIdNotFoundException QueryIdNotFoundException
get_query_results_size=400 0 InvalidMaxResultsException InvalidMaxResultsException
start_query=400 0 InvalidQueryStatementException InvalidQueryStatementException
start_query_long=400 0 InvalidQueryStatementException InvalidQueryStatementException
get_query_execution=400 0 InvalidRequestException InvalidRequestException
get_athena_results=400 0 InvalidRequestException InvalidRequestException
start_query_execution=400 0 InvalidRequestException InvalidRequestException
create_work_group=400 0 UnknownOperationException ClientError
get_table_metadata=400 0 MetadataException MetadataException
put_object=403 0 AccessDenied AccessDenied
delete_object=403 0 AccessDenied AccessDenied
get_object=404 0 NoSuchKey NoSuchKey
get_object_up=404 0 NoSuchKey NoSuchKey
list_objects_v2=404 0 NoSuchBucket NoSuchBucket
get_bucket_acl=501 0 NotImplemented ClientError
`
