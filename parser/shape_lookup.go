package parser

// What LookupEvents returns: {"Events":[{"EventId":…,"CloudTrailEvent":"{…}"}]}, by the
// AWS CLI or boto3. Their three forms of EventTime do not matter: the event has its
// own. An element may also stand on a line of its own, as plaso and others keep them.
var _ = register(&shape{
	name: "lookup-events", fidelity: Reserialised, member: "Events", key: "CloudTrailEvent",
	what: "lookup-events output without the event", loses: true, lift: liftMember("CloudTrailEvent"),
})
