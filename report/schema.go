package report

import _ "embed"

// Schema is the JSON Schema, draft 2020-12, of report.json: of Model. A test makes it of the types and their
// comments, and fails where it is not up to date.
//
//go:embed schema/report.schema.json
var Schema []byte
