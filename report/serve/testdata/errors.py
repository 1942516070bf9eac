"""Makes every mistake that LookupEvents documents, and says which exception the client raised."""

import json
import sys

import boto3

client = boto3.client("cloudtrail")
mistakes = {
    "InvalidLookupAttributesException": {"LookupAttributes": [{"AttributeKey": "Foo", "AttributeValue": "x"}]},
    "InvalidTimeRangeException": {"StartTime": 1772445601, "EndTime": 1772445600},
    "InvalidMaxResultsException": {"MaxResults": 51},
    "InvalidNextTokenException": {"NextToken": "nonsense"},
    "InvalidEventCategoryException": {"EventCategory": "data"},
}
raised = {}
for name, parameters in mistakes.items():
    try:
        client.lookup_events(**parameters)
    except getattr(client.exceptions, name) as e:  # the modelled class
        answer = e.response
        raised[name] = [
            answer["ResponseMetadata"]["HTTPStatusCode"],
            answer["ResponseMetadata"]["RetryAttempts"],
            answer["Error"]["Code"],
            bool(answer["Error"]["Message"]),
        ]
token = client.lookup_events(MaxResults=1)["NextToken"]
try:
    client.lookup_events(NextToken=token, StartTime=1)
except client.exceptions.InvalidNextTokenException:
    raised["other parameters"] = True
for service, call in {"iam": "list_users", "ec2": "describe_instances", "guardduty": "list_detectors", "glue": "get_databases"}.items():
    try:
        getattr(boto3.client(service), call)()
    except Exception as e:
        raised[service] = [e.response["ResponseMetadata"]["HTTPStatusCode"], e.response["ResponseMetadata"]["RetryAttempts"], e.response["Error"]["Code"]]
json.dump(raised, sys.stdout)
