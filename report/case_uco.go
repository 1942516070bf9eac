package report

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"time"

	"github.com/coldtrail/coldtrail/scan"
	"github.com/coldtrail/coldtrail/scan/custody"
)

// graphNode is an object of the graph. Its members are written in the order of their names.
type graphNode map[string]any

// caseUCOContext gives the prefixes of CASE 1.4.0 and UCO 1.4.0.
var caseUCOContext = graphNode{
	"case-investigation": "https://ontology.caseontology.org/case/investigation/",
	"uco-action":         "https://ontology.unifiedcyberontology.org/uco/action/",
	"uco-configuration":  "https://ontology.unifiedcyberontology.org/uco/configuration/",
	"uco-core":           "https://ontology.unifiedcyberontology.org/uco/core/",
	"uco-identity":       "https://ontology.unifiedcyberontology.org/uco/identity/",
	"uco-observable":     "https://ontology.unifiedcyberontology.org/uco/observable/",
	"uco-tool":           "https://ontology.unifiedcyberontology.org/uco/tool/",
	"uco-types":          "https://ontology.unifiedcyberontology.org/uco/types/",
	"xsd":                "http://www.w3.org/2001/XMLSchema#",
	"kb":                 "http://example.org/kb/",
}

// caseUCO builds the graph of a case's custody: who did what, with which program, from
// which evidence, to which files.
type caseUCO struct {
	seed  string // what makes the ids those of this case
	graph []any
	known map[string]bool
}

// WriteCaseUCO writes what the custody log of the case in dir says as CASE/UCO 1.4 JSON-LD.
// Of the evidence it has the roots, the containers and files that were given by themselves, and of the
// rest the manifest, which names them all: a graph with a node for every log file would be of no use
// to anybody. It has the same bytes whenever it is written, as long as the log is the same.
func WriteCaseUCO(ctx context.Context, w io.Writer, dir string) error {
	log, err := custody.Summarize(filepath.Join(dir, custody.LogName))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("case %s: it has no %s, which says who did what", dir, custody.LogName)
	}
	if err != nil {
		return fmt.Errorf("case %s: %s: %w", dir, custody.LogName, err)
	}
	if len(log.Hashes) == 0 {
		return fmt.Errorf("case %s: its %s is empty", dir, custody.LogName)
	}
	u := &caseUCO{seed: log.Hashes[0], known: map[string]bool{}}
	evidence, err := u.evidence(dir)
	if err != nil {
		return err
	}
	outputs, err := u.outputs(ctx, dir)
	if err != nil {
		return err
	}
	var inOrder []any
	id, exhibit := "", ""
	for i := range log.Entries {
		e := &log.Entries[i]
		id, exhibit = lastOf(e.Case.ID, id), lastOf(e.Case.Exhibit, exhibit)
		if ref := u.action(e, log.Entries, evidence, outputs); ref != nil {
			inOrder = append(inOrder, ref)
		}
	}
	u.investigation(id, exhibit, inOrder, evidence, outputs)
	return writeJSON(w, graphNode{"@context": caseUCOContext, "@graph": u.graph})
}

func lastOf(is, was string) string {
	if is != "" {
		return is
	}
	return was
}

// id returns the IRI of a node, the same for the same case and name.
func (u *caseUCO) id(kind, name string) string {
	return "kb:" + kind + "-" + uuid5(uuidSpace, u.seed+"\n"+kind+"\n"+name)
}

// uuid5 returns a UUID of version 5, which is the same for the same space and name.
func uuid5(space [16]byte, name string) string {
	h := sha1.New() // as RFC 9562 has it; nothing rests on it
	h.Write(space[:])
	io.WriteString(h, name)
	b := h.Sum(nil)[:16]
	b[6], b[8] = b[6]&0x0f|0x50, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// uuidSpace is the namespace of coldtrail's ids: a random UUID.
var uuidSpace = [16]byte{0x5f, 0x0e, 0x9a, 0x3c, 0x71, 0xd2, 0x4b, 0x86, 0x9e, 0x14, 0x2a, 0x6b, 0xc8, 0x0d, 0x37, 0xe5}

// add adds a node once, and returns a reference to it.
func (u *caseUCO) add(kind, class, name string, members graphNode) graphNode {
	id := u.id(kind, name)
	if !u.known[id] {
		u.known[id] = true
		members["@id"], members["@type"] = id, class
		u.graph = append(u.graph, members)
	}
	return graphNode{"@id": id}
}

func typed(kind, value string) graphNode { return graphNode{"@type": "xsd:" + kind, "@value": value} }

func instant(t time.Time) graphNode { return typed("dateTime", t.UTC().Format(time.RFC3339Nano)) }

// file adds a file, with its hash if it is known.
func (u *caseUCO) file(path string, size int64, sha256 string, dir bool) graphNode {
	name := path
	facet := graphNode{
		"@id": u.id("FileFacet", name), "@type": "uco-observable:FileFacet",
		"uco-observable:fileName": filepath.Base(path), "uco-observable:filePath": valid(path), "uco-observable:isDirectory": dir,
	}
	if !dir && size >= 0 {
		facet["uco-observable:sizeInBytes"] = typed("integer", strconv.FormatInt(size, 10))
	}
	facets := []any{facet}
	if sha256 != "" {
		facets = append(facets, graphNode{
			"@id": u.id("ContentDataFacet", name), "@type": "uco-observable:ContentDataFacet",
			"uco-observable:hash": graphNode{
				"@id": u.id("Hash", name), "@type": "uco-types:Hash",
				"uco-types:hashMethod": "SHA256", "uco-types:hashValue": typed("hexBinary", sha256),
			},
		})
	}
	class := "uco-observable:File"
	if dir {
		class = "uco-observable:Directory"
	}
	return u.add("File", class, name, graphNode{"uco-core:name": valid(path), "uco-core:hasFacet": facets})
}

// evidence adds the roots, and the files that are containers or stand for a root.
func (u *caseUCO) evidence(dir string) (refs []any, err error) {
	var members scan.Members
	source, count := "", 0
	var last scan.Object
	flush := func() {
		if count == 1 && last.Path == source {
			refs = append(refs, u.file(source, last.Size, last.SHA256, false))
		} else if source != "" {
			refs = append(refs, u.file(source, -1, "", true))
		}
	}
	for o, err := range CaseObjects(dir) {
		if err != nil {
			return nil, err
		}
		inside := members.Is(&o)
		if o.Source != source {
			flush()
			source, count = o.Source, 0
		}
		if inside {
			continue
		}
		count++
		last = o
		if scan.HasMembers(&o) && o.Path != source {
			refs = append(refs, u.file(source+"/"+o.Path, o.Size, o.SHA256, false))
		}
	}
	flush()
	return refs, nil
}

// outputs adds the manifest, and the list of all files, which vouches for the rest.
func (u *caseUCO) outputs(ctx context.Context, dir string) (refs []any, err error) {
	for _, name := range [...]string{manifestFile, custody.SumsName} {
		sum, size, err := custody.HashFile(ctx, filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("case %s: %s: %w", dir, name, pathless(err))
		}
		refs = append(refs, u.file(name, size, sum, false))
	}
	return refs, nil
}

// action adds what an entry tells. Of a command the two entries are one action.
func (u *caseUCO) action(e *custody.Entry, all []custody.Entry, evidence, outputs []any) any {
	if e.Action == custody.Close || e.Action == custody.Kept {
		return nil
	}
	a := graphNode{
		"uco-core:name": e.Command, "uco-action:startTime": instant(e.Time), "uco-action:instrument": u.tool(e), "uco-action:performer": u.person(e.Actor.Name, e.Actor.OSUser),
	}
	end := e.Time
	for i := range all {
		if all[i].Of != nil && *all[i].Of == e.Seq {
			end = all[i].Time
		}
	}
	if e.Action != custody.Open || end != e.Time {
		a["uco-action:endTime"] = instant(end)
	}
	text := ""
	for _, part := range [...][2]string{{"reason", e.Case.Reason}, {"authority", e.Case.Authority}, {"note", e.Text}, {"to", e.To}, {"clock", e.Clock}} {
		if part[1] != "" {
			text += "; " + part[0] + ": " + part[1]
		}
	}
	if text != "" {
		a["uco-core:description"] = []any{text[2:]}
	}
	if e.Action == custody.Transfer {
		a["uco-action:participant"] = u.person(e.To, "")
	}
	if e.Action == custody.Open {
		a["uco-action:object"], a["uco-action:result"] = evidence, outputs
	}
	return u.add("InvestigativeAction", "case-investigation:InvestigativeAction", strconv.FormatUint(e.Seq, 10), a)
}

func (u *caseUCO) person(name, account string) graphNode {
	if name == "" {
		name = "(nobody named; account " + account + ")"
	}
	return u.add("Person", "uco-identity:Person", name, graphNode{"uco-core:name": name})
}

// tool adds the program, as it was called.
func (u *caseUCO) tool(e *custody.Entry) graphNode {
	of := strconv.FormatUint(e.Seq, 10)
	var entries []any
	for _, item := range [...][2]string{
		{"executable SHA-256", e.Tool.SHA256}, {"commit", e.Tool.Commit}, {"go", e.Tool.Go}, {"rule set", e.RuleSet}, {"host", e.Host.Name}, {"os", e.Host.OS + "/" + e.Host.Arch},
	} {
		if item[1] != "" {
			entries = append(entries, u.item(of, item[0], item[1]))
		}
	}
	for i, arg := range e.Argv {
		entries = append(entries, u.item(of, fmt.Sprintf("argv[%d]", i), arg))
	}
	configuration := u.add("Configuration", "uco-configuration:Configuration", of, graphNode{"uco-configuration:configurationEntry": entries})
	return u.add("ConfiguredTool", "uco-tool:ConfiguredTool", of, graphNode{
		"uco-core:name": e.Tool.Name, "uco-tool:version": e.Tool.Version, "uco-configuration:usesConfiguration": configuration,
	})
}

func (u *caseUCO) item(of, name, value string) graphNode {
	return graphNode{
		"@id": u.id("ConfigurationEntry", of+"\n"+name), "@type": "uco-configuration:ConfigurationEntry",
		"uco-configuration:itemName": name, "uco-configuration:itemValue": value,
	}
}

// investigation adds what holds all together.
func (u *caseUCO) investigation(id, exhibit string, actions, evidence, outputs []any) {
	record := graphNode{"uco-core:description": []any{"the evidence, and what the analysis made of it"}, "uco-core:object": append(evidence[:len(evidence):len(evidence)], outputs...)}
	if exhibit != "" {
		record["case-investigation:exhibitNumber"] = exhibit
	}
	provenance := u.add("ProvenanceRecord", "case-investigation:ProvenanceRecord", "", record)
	u.add("Investigation", "case-investigation:Investigation", "", graphNode{"uco-core:name": id, "uco-core:object": append([]any{provenance}, actions...)})
}
