package parser

// EventBridge's envelope: {"detail-type":"AWS API Call via CloudTrail","detail":{…}}.
var _ = register(&shape{
	name: "eventbridge", fidelity: Reserialised, key: "detail.eventVersion",
	what: "EventBridge event", lift: liftMember("detail"),
})
