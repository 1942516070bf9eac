"""A responder's timeline: everything of a day on, oldest first, as CSV."""

import csv
import datetime
import json
import sys

import boto3


def collect(client, start):
    paginator = client.get_paginator("lookup_events")
    for page in paginator.paginate(StartTime=start, PaginationConfig={"PageSize": 50}):
        for event in page["Events"]:
            yield json.loads(event["CloudTrailEvent"])


def who(record):
    identity = record.get("userIdentity") or {}
    return identity.get("arn") or identity.get("principalId") or identity.get("invokedBy") or ""


def main():
    start = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)
    records = sorted(collect(boto3.client("cloudtrail"), start), key=lambda r: (r["eventTime"], r.get("eventID", "")))
    out = csv.writer(sys.stdout, lineterminator="\n")
    for r in records:
        key = (r.get("userIdentity") or {}).get("accessKeyId", "")
        out.writerow([r["eventTime"], r.get("eventID", ""), r["eventName"], r["eventSource"], r["awsRegion"], r.get("sourceIPAddress", ""), key, who(r), r.get("errorCode", "")])


main()
