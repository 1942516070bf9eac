package detect

import (
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

var functionSteps = steps{
	{"lambda.amazonaws.com:CreateFunction", "code", functionStep},
	{"lambda.amazonaws.com:UpdateFunctionCode", "code", functionStep},
	{"lambda.amazonaws.com:UpdateFunctionConfiguration", "layer", func(f *facts) bool {
		layers, _ := f.r.Get("requestParameters.layers")
		layers.Each(func(l parser.Value) bool {
			if a := accountOf(l.String()); a != "" && a != f.r.Account && f.e.Get(factWhere) == "" {
				f.add(factWhere, a)
			}
			return true
		})
		return f.e.has(factWhere) && functionStep(f)
	}},
	{"lambda.amazonaws.com:AddPermission", "opened", func(f *facts) bool {
		in := f.param("principal")
		if in != "*" {
			in = accountOf(in)
		}
		f.add(factWhere, in)
		return in != "" && in != f.r.Account && functionStep(f)
	}},
	{"lambda.amazonaws.com:CreateFunctionUrlConfig", "opened", urlStep},
	{"lambda.amazonaws.com:UpdateFunctionUrlConfig", "opened", urlStep},
	{"lambda.amazonaws.com:CreateEventSourceMapping", "trigger", functionStep},
	{"events.amazonaws.com:PutTargets", "trigger", func(f *facts) bool {
		targets, _ := f.r.Get("requestParameters.targets")
		targets.Each(func(t parser.Value) bool {
			if arn := text(t.Get("arn")); strings.Contains(arn, ":function:") && !f.e.has(factAbout) {
				f.add(factAbout, functionName(arn))
			}
			return true
		})
		return f.e.has(factAbout)
	}},
}

func functionStep(f *facts) bool {
	f.add(factAbout, functionName(f.param("functionName")))
	return f.e.has(factAbout)
}

func urlStep(f *facts) bool {
	f.add(factWhere, "*")
	return f.param("authType") == "NONE" && functionStep(f)
}

// functionName returns a function's name of its ARN, in whole or in part.
func functionName(name string) string {
	if i := strings.Index(name, "function:"); i >= 0 {
		name = name[i+len("function:"):]
	}
	name, _, _ = strings.Cut(name, ":") // the version
	return name
}
