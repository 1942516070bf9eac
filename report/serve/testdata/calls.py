"""Makes every call that the endpoint implements, and says of each what of its answer AWS's own model does not have."""

import json
import sys
import time

import boto3
import botocore.exceptions

asked = json.load(sys.stdin)
session = boto3.session.Session()
strange = {}


def differences(value, shape, path):
    """What of an answer on the wire does not fit a shape of the model."""
    kind = shape.type_name
    if value is None:
        return []
    if kind == "structure":
        if not isinstance(value, dict):
            return [f"{path}: no object"]
        found = [f"{path}: {name} is not in the model" for name in value if name not in shape.members]
        found += [f"{path}: {name} is missing" for name in shape.required_members if name not in value]
        for name, member in shape.members.items():
            if name in value:
                found += differences(value[name], member, f"{path}.{name}")
        return found
    if kind == "list":
        if not isinstance(value, list):
            return [f"{path}: no list"]
        return [d for v in value[:50] for d in differences(v, shape.member, path + "[]")]
    if kind == "map":
        if not isinstance(value, dict):
            return [f"{path}: no map"]
        return [d for v in value.values() for d in differences(v, shape.value, path + "{}")]
    types = {"string": str, "boolean": bool, "integer": int, "long": int, "timestamp": (int, float), "blob": str, "double": (int, float), "float": (int, float)}
    if not isinstance(value, types[kind]) or kind != "boolean" and isinstance(value, bool):
        return [f"{path}: {type(value).__name__}, not {kind}"]
    if getattr(shape, "enum", None) and value not in shape.enum:
        return [f"{path}: {value} is none of {shape.enum}"]
    return []


def check(http_response, model, **_):
    name = f"{model.service_model.service_name}.{model.name}"
    found = []
    if http_response.status_code == 200 and "json" in http_response.headers.get("Content-Type", ""):
        found = differences(json.loads(http_response.text), model.output_shape, "")
    strange.setdefault(name, []).extend(found)


def client(service):
    made = session.client(service)
    made.meta.events.register("after-call", check)
    return made


cloudtrail, athena, s3 = client("cloudtrail"), client("athena"), client("s3")


def ended(describe, state, running=("QUEUED", "RUNNING")):
    while True:
        answer = describe()
        if state(answer) not in running:
            return answer
        time.sleep(0.02)


def raised(call, **parameters):
    try:
        call(**parameters)
    except botocore.exceptions.ClientError as e:
        meta = e.response["ResponseMetadata"]
        return [meta["HTTPStatusCode"], meta["RetryAttempts"], e.response["Error"]["Code"], type(e).__name__]
    return None


def trails():
    listed = cloudtrail.list_trails()["Trails"]
    described = cloudtrail.describe_trails(trailNameList=[listed[0]["TrailARN"]])["trailList"]
    one = cloudtrail.get_trail(Name=listed[0]["TrailARN"])["Trail"]
    status = cloudtrail.get_trail_status(Name=listed[0]["TrailARN"])
    keys = cloudtrail.list_public_keys(StartTime=0, EndTime=4102444800)["PublicKeyList"]
    return {
        "names": [t["Name"] for t in listed],
        "same": described == [one] and one["TrailARN"] == listed[0]["TrailARN"],
        "logging": status["IsLogging"],
        "keys": len(keys),
        "bytes": bool(keys) and isinstance(keys[0]["Value"], bytes),
    }


def lake():
    store = cloudtrail.list_event_data_stores()["EventDataStores"][0]
    got = cloudtrail.get_event_data_store(EventDataStore=store["EventDataStoreArn"])
    name = store["EventDataStoreArn"].split("/")[1]
    query = cloudtrail.start_query(QueryStatement=f"SELECT eventName FROM {name} ORDER BY 1")["QueryId"]
    ended(lambda: cloudtrail.describe_query(QueryId=query), lambda a: a["QueryStatus"])
    rows = cloudtrail.get_query_results(QueryId=query)["QueryResultRows"]
    long = cloudtrail.start_query(QueryStatement=asked["endless"])["QueryId"]
    cancelled = cloudtrail.cancel_query(QueryId=long)["QueryStatus"]
    last = ended(lambda: cloudtrail.describe_query(QueryId=long), lambda a: a["QueryStatus"])["QueryStatus"]
    listed = {q["QueryId"]: q["QueryStatus"] for q in cloudtrail.list_queries(EventDataStore=name)["Queries"]}
    return {"name": got["Name"] == store["Name"], "rows": len(rows), "cancelled": [cancelled in ("RUNNING", "CANCELLED"), last], "listed": [listed[query], listed[long]]}


def athena_queries():
    run = athena.start_query_execution(QueryString="SELECT count(*) FROM cloudtrail_logs", ResultConfiguration={"OutputLocation": "s3://results/x/"})["QueryExecutionId"]
    ended(lambda: athena.get_query_execution(QueryExecutionId=run), lambda a: a["QueryExecution"]["Status"]["State"])
    rows = athena.get_query_results(QueryExecutionId=run)["ResultSet"]["Rows"]
    long = athena.start_query_execution(QueryString=asked["endless"].replace("$EDS_ID", "cloudtrail_logs"))["QueryExecutionId"]
    athena.stop_query_execution(QueryExecutionId=long)
    last = ended(lambda: athena.get_query_execution(QueryExecutionId=long), lambda a: a["QueryExecution"]["Status"]["State"])
    several = athena.batch_get_query_execution(QueryExecutionIds=[run, long, "00000000-0000-0000-0000-000000000000"])
    return {
        "rows": len(rows),
        "stopped": last["QueryExecution"]["Status"]["State"],
        "several": [len(several["QueryExecutions"]), len(several["UnprocessedQueryExecutionIds"])],
        "listed": {run, long} <= set(athena.list_query_executions()["QueryExecutionIds"]),
    }


def athena_catalog():
    group = athena.list_work_groups()["WorkGroups"][0]["Name"]
    database = athena.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"][0]["Name"]
    tables = athena.list_table_metadata(CatalogName="AwsDataCatalog", DatabaseName=database)["TableMetadataList"]
    one = athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName=database, TableName=tables[0]["Name"])["TableMetadata"]
    return {
        "group": athena.get_work_group(WorkGroup=group)["WorkGroup"]["Name"] == group,
        "catalogs": [c["CatalogName"] for c in athena.list_data_catalogs()["DataCatalogsSummary"]],
        "columns": one == tables[0] and len(one["Columns"]) > 20,
        "database": athena.get_database(CatalogName="AwsDataCatalog", DatabaseName=database)["Database"]["Name"] == database,
        "catalog": athena.get_data_catalog(Name="AwsDataCatalog")["DataCatalog"]["Name"],
    }


def objects():
    bucket = asked["bucket"]
    location = s3.get_bucket_location(Bucket=bucket)["LocationConstraint"]
    new = s3.list_objects_v2(Bucket=bucket, MaxKeys=3)
    old = s3.list_objects(Bucket=bucket, MaxKeys=3)
    key = new["Contents"][0]["Key"]
    head, body = s3.head_object(Bucket=bucket, Key=key), s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return {
        "location": location,
        "same": [o["Key"] for o in new["Contents"]] == [o["Key"] for o in old["Contents"]] and len(old["Contents"]) == 3,
        "size": head["ContentLength"] == len(body) == new["Contents"][0]["Size"],
        "part": s3.get_object(Bucket=bucket, Key=key, Range="bytes=1-4")["Body"].read() == body[1:5],
    }


def refusals():
    unknown = "00000000-0000-0000-0000-000000000000"
    return {
        "create_trail": raised(cloudtrail.create_trail, Name="abc", S3BucketName="abc"),
        "stop_logging": raised(cloudtrail.stop_logging, Name="abc"),
        "get_trail": raised(cloudtrail.get_trail, Name="nothing"),
        "get_trail_status": raised(cloudtrail.get_trail_status, Name="nothing"),
        "get_event_data_store": raised(cloudtrail.get_event_data_store, EventDataStore="not an id"),
        "describe_query": raised(cloudtrail.describe_query, QueryId=unknown),
        "cancel_query": raised(cloudtrail.cancel_query, QueryId=unknown),
        "get_query_results": raised(cloudtrail.get_query_results, QueryId=unknown),
        "get_query_results_size": raised(cloudtrail.get_query_results, QueryId=unknown, MaxQueryResults=1001),
        "start_query": raised(cloudtrail.start_query, QueryStatement="DROP TABLE x"),
        "start_query_long": raised(cloudtrail.start_query, QueryStatement="SELECT " + "1" * 10000),
        "get_query_execution": raised(athena.get_query_execution, QueryExecutionId=unknown),
        "get_athena_results": raised(athena.get_query_results, QueryExecutionId=unknown),
        "start_query_execution": raised(athena.start_query_execution, QueryString="x" * 262145),
        "create_work_group": raised(athena.create_work_group, Name="abc"),
        "get_table_metadata": raised(athena.get_table_metadata, CatalogName="AwsDataCatalog", DatabaseName="default", TableName="vpc_flow_logs"),
        "put_object": raised(s3.put_object, Bucket=asked["bucket"], Key="a", Body=b"a"),
        "delete_object": raised(s3.delete_object, Bucket=asked["bucket"], Key="a"),
        "get_object": raised(s3.get_object, Bucket=asked["bucket"], Key="nothing"),
        "get_object_up": raised(s3.get_object, Bucket=asked["bucket"], Key="../keys.json"),
        "list_objects_v2": raised(s3.list_objects_v2, Bucket="nobodys-bucket"),
        "get_bucket_acl": raised(s3.get_bucket_acl, Bucket=asked["bucket"]),
    }


answers = {"trails": trails(), "lake": lake(), "athena": athena_queries(), "catalog": athena_catalog(), "objects": objects(), "refusals": refusals()}
cloudtrail.lookup_events()
json.dump({"answers": answers, "strange": strange}, sys.stdout)
