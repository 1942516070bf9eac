package report

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"sync"
)

//go:embed html
var htmlEmbedded embed.FS

func htmlAsset(name string) string {
	b, err := htmlEmbedded.ReadFile("html/" + name)
	if err != nil {
		panic(err) // it is part of the program
	}
	return string(b)
}

// Style is the look that report.html and the case browser share.
var Style = htmlAsset("base.css")

var (
	htmlStyle  = "\n" + Style + htmlAsset("style.css")
	htmlScript = "\n" + htmlAsset("script.js")
)

// htmlPolicy lets the page have its own style and script, and nothing else: no request, no other script,
// not even one that evidence brought in somehow.
var htmlPolicy = "default-src 'none'; script-src '" + cspHash(htmlScript) + "'; style-src '" + cspHash(htmlStyle) + "'; base-uri 'none'; form-action 'none'"

func cspHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// htmlTemplates write the page. What they show is escaped for its place by html/template, and made visible by
// "v"; only the program's own style and script are marked as safe. They are read when the first page is written.
var htmlTemplates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"v":      Terminal,
		"style":  func() template.CSS { return template.CSS(htmlStyle) },
		"script": func() template.JS { return template.JS(htmlScript) },
		"policy": func() string { return htmlPolicy },
		"number": number,
		"plural": plural,
		"moment": moment,
		"orID":   orID,
		"rowsOf": func(t *htmlTable, rows [][]htmlCell) htmlTableRows { return htmlTableRows{t, rows} },
	}).ParseFS(htmlEmbedded, "html/*.html"))
})
