"""Looks events up as playbooks do, and says on stdout what the client made of the answers."""

import json
import sys

import boto3

client = boto3.client("cloudtrail")
asked = json.load(sys.stdin)


def events(**parameters):
    found = []
    for page in client.get_paginator("lookup_events").paginate(**parameters):
        found += page["Events"]
    return found


def row(event):
    return {
        "EventId": event["EventId"],
        "EventName": event["EventName"],
        "EventSource": event["EventSource"],
        "ReadOnly": event.get("ReadOnly"),
        "AccessKeyId": event.get("AccessKeyId"),
        "Username": event.get("Username"),
        "Resources": [[r.get("ResourceType"), r.get("ResourceName")] for r in event["Resources"]],
        "Time": event["EventTime"].timestamp(),
        "Record": json.loads(event["CloudTrailEvent"]).get("eventID"),
    }


json.dump(
    {
        "all": [row(e) for e in events()],
        "byAttribute": [
            [row(e) for e in events(LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}])]
            for key, value in asked["attributes"]
        ],
        "between": [row(e) for e in events(StartTime=asked["start"], EndTime=asked["end"])],
        "insights": [row(e) for e in events(EventCategory="insight")],
        "sevens": [row(e) for e in events(PaginationConfig={"PageSize": 7})],
    },
    sys.stdout,
)
