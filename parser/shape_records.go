package parser

// What a trail delivers to S3: {"Records":[…]}. CloudTrail writes no other
// member; members before and after the array are passed over.
var _ = register(&shape{name: "records", member: "Records"})
