"""Asks SQL of Athena and of CloudTrail Lake, as notebooks do: start, wait, read all pages."""

import json
import sys
import time

import boto3

athena, lake, s3 = boto3.client("athena"), boto3.client("cloudtrail"), boto3.client("s3")


def ask_athena(sql, page_size, parameters):
    more = {"ExecutionParameters": parameters} if parameters else {}
    started = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": "security", "Catalog": "AwsDataCatalog"},
        ResultConfiguration={"OutputLocation": "s3://ir-results/athena/"},
        WorkGroup="primary",
        **more,
    )
    while True:
        execution = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]
        if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.05)
    if execution["Status"]["State"] != "SUCCEEDED":
        return {"state": execution["Status"]["State"], "reason": execution["Status"]["StateChangeReason"]}
    rows = []
    paginator = athena.get_paginator("get_query_results")
    for page in paginator.paginate(QueryExecutionId=started["QueryExecutionId"], PaginationConfig={"PageSize": page_size}):
        rows += [[d.get("VarCharValue") for d in r["Data"]] for r in page["ResultSet"]["Rows"]]
        types = [c["Type"] for c in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]]
    bucket, key = execution["ResultConfiguration"]["OutputLocation"][len("s3://") :].split("/", 1)
    stored = s3.get_object(Bucket=bucket, Key=key)
    listed = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket, Prefix="athena/")["Contents"]]
    return {
        "state": "SUCCEEDED",
        "header": rows[0],
        "rows": rows[1:],
        "types": types,
        "csv": stored["Body"].read().decode(),
        "listed": key in listed and s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == stored["ContentLength"],
    }


def ask_lake(sql, page_size):
    query = lake.start_query(QueryStatement=sql)["QueryId"]
    while True:
        described = lake.describe_query(QueryId=query)
        if described["QueryStatus"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.05)
    if described["QueryStatus"] != "FINISHED":
        return {"state": described["QueryStatus"], "reason": described["ErrorMessage"]}
    rows, names, token = [], [], {}
    while True:
        page = lake.get_query_results(QueryId=query, MaxQueryResults=page_size, **token)
        for row in page["QueryResultRows"]:
            names = [name for column in row for name in column]
            rows.append([value for column in row for value in column.values()])
        if "NextToken" not in page:
            return {"state": "FINISHED", "header": names, "rows": rows, "total": page["QueryStatistics"]["TotalResultsCount"]}
        token = {"NextToken": page["NextToken"]}


asked = json.load(sys.stdin)
json.dump(
    {
        "athena": [ask_athena(q["sql"], q["pageSize"], q.get("parameters")) for q in asked["athena"]],
        "lake": [ask_lake(q["sql"], q["pageSize"]) for q in asked["lake"]],
    },
    sys.stdout,
)
