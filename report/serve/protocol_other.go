package serve

import (
	"encoding/xml"
	"mime"
	"net/http"
	"strings"

	"github.com/coldtrail/coldtrail/report"
)

// organizationsTarget stands before the names of AWS Organizations' operations.
const organizationsTarget = "AWSOrganizationsV20161128"

// describeOrganization is DescribeOrganization, which `aws cloudtrail validate-logs` asks for the
// directory of an organization's logs. It is the evidence's first organization.
func describeOrganization(c *call, _ *struct{}) (any, error) {
	l, err := c.layout(c.context())
	if err != nil {
		return nil, err
	}
	type organization struct{ Id string } //nolint:revive // the member's name
	for _, t := range l.trails {
		if t.organization != "" {
			return struct{ Organization organization }{organization{t.organization}}, nil
		}
	}
	return nil, faultf("AWSOrganizationsNotInUseException", "the evidence is not of an organization's trail")
}

// otherService refuses a request that is signed for a service which is not here, as
// that service would refuse a call that it does not know.
func (s *Server) otherService(w http.ResponseWriter, r *http.Request, service string) {
	message := "coldtrail does not implement the service " + service
	s.logf(r, "unknown operation of %s", report.Terminal(service))
	w.Header().Set("X-Amzn-Requestid", s.cfg.NewID())
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		w.Header().Set("X-Amzn-Errortype", "UnknownOperationException")
		writeJSON(w, http.StatusNotFound, faultf("UnknownOperationException", "%s", message).body(""))
		return
	}
	type wrong struct{ Type, Code, Message string }
	writeXML(w, r, http.StatusBadRequest, &struct {
		XMLName   xml.Name `xml:"ErrorResponse"`
		Error     wrong
		RequestID string `xml:"RequestId"`
	}{Error: wrong{"Sender", "InvalidAction", message}, RequestID: w.Header().Get("X-Amzn-Requestid")})
}

// foreign returns the service that a request is signed for where none of ours answers it.
func foreign(r *http.Request) string {
	service, _ := credentialScope(r)
	if service == "" || strings.HasPrefix(service, "s3") {
		return ""
	}
	return service
}
