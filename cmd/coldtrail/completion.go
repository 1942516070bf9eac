package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help implements kong.HelpProvider.
func (completionCmd) Help() string {
	return "Prints a script that lets a shell complete commands, flags and the values that these take. The script is all that the shell needs: it does not ask coldtrail again.\n\n" +
		"Examples:\n  coldtrail completion bash > ~/.local/share/bash-completion/completions/coldtrail\n" +
		"  coldtrail completion zsh > ~/.zfunc/_coldtrail\n" +
		"  coldtrail completion fish > ~/.config/fish/completions/coldtrail.fish\n\n" +
		"For zsh, ~/.zshrc needs fpath+=(~/.zfunc) before compinit."
}

// Run implements the command.
func (s *completionCmd) Run(k *kong.Context, c *console) error {
	all := completionsOf(k.Model.Node, "")
	var b strings.Builder
	switch s.Shell {
	case "bash":
		bashCompletion(&b, all)
	case "zsh":
		zshCompletion(&b, all)
	case "fish":
		fishCompletion(&b, all)
	}
	_, err := io.WriteString(c.out, b.String())
	return err
}

// A completion is what may follow a command.
type completion struct {
	at       string // the command, as /custody/verify; "": the program
	commands []describedWord
	flags    []completedFlag
	values   []string // of arguments that take one of some words
}

type describedWord struct{ word, help string }

// A completedFlag is a flag with its spellings.
type completedFlag struct {
	words  []string // --format, -f
	help   string
	takes  bool     // a value
	values []string // which; none: a file, or what nobody can know
}

// completionsOf lists what follows each command, from n down.
func completionsOf(n *kong.Node, at string) []completion {
	c := completion{at: at}
	for _, group := range n.AllFlags(true) {
		for _, f := range group {
			c.flags = append(c.flags, flagCompletion(f))
			if f.Name == "around" { // the filters are there, and so is what negates them
				c.flags = append(c.flags, completedFlag{words: []string{"--not"}, help: "Leave out what the next filter selects."})
			}
		}
	}
	var below []completion
	for _, child := range n.Children {
		if !child.Hidden {
			c.commands = append(c.commands, describedWord{child.Name, briefly(child.Help)})
			below = append(below, completionsOf(child, at+"/"+child.Name)...)
		}
	}
	for _, p := range n.Positional {
		if p.Enum != "" {
			c.values = append(c.values, p.EnumSlice()...)
		}
	}
	return append([]completion{c}, below...)
}

func flagCompletion(f *kong.Flag) completedFlag {
	c := completedFlag{words: []string{"--" + f.Name}, help: briefly(f.Help), takes: !f.IsBool() && !f.IsCounter()}
	if f.Short != 0 {
		c.words = append(c.words, "-"+string(f.Short))
	}
	if f.Enum != "" {
		c.values = slices.DeleteFunc(f.EnumSlice(), func(v string) bool { return v == "" })
	}
	return c
}

// briefly is the beginning of a help text, as a shell may show it beside a word.
func briefly(help string) string {
	help, _, _ = strings.Cut(help, ". ")
	if i := strings.Index(help, " ("); i > 0 {
		help = help[:i]
	}
	return strings.TrimSuffix(help, ".")
}

// The scripts find the command by walking the words that are there, and then choose by it. Names
// of commands, flags and values have nothing in them that a shell takes for its own; help has, and
// is quoted.

// paths are the patterns of a case for all commands.
func paths(all []completion) string {
	var names []string
	for _, c := range all[1:] {
		names = append(names, c.at)
	}
	return strings.Join(names, "|")
}

// flagPatterns are the patterns of a case for the spellings of a flag behind a command.
func flagPatterns(c *completion, f *completedFlag) string {
	var out []string
	for _, w := range f.words {
		out = append(out, `"`+c.at+" "+w+`"`)
	}
	return strings.Join(out, "|")
}

func bashCompletion(b *strings.Builder, all []completion) {
	fmt.Fprintf(b, `# bash completion for coldtrail: made by "coldtrail completion bash".
_coldtrail() {
  local at= i cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at/${COMP_WORDS[i]}" in %s) at="$at/${COMP_WORDS[i]}" ;; esac
  done
  if [[ $cur == "=" ]]; then cur=
  elif [[ $prev == "=" ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  case "$at $prev" in
`, paths(all))
	for i := range all {
		for j := range all[i].flags {
			if f := &all[i].flags[j]; f.takes {
				fmt.Fprintf(b, "  %s) words=\"%s\" ;;\n", flagPatterns(&all[i], f), strings.Join(f.values, " "))
			}
		}
	}
	b.WriteString("  *)\n    case \"$at:$cur\" in\n")
	for i := range all {
		c := &all[i]
		var flags, rest []string
		for _, f := range c.flags {
			flags = append(flags, f.words...)
		}
		for _, w := range c.commands {
			rest = append(rest, w.word)
		}
		fmt.Fprintf(b, "    %s:-*) words=\"%s\" ;;\n", c.at, strings.Join(flags, " "))
		if rest = append(rest, c.values...); len(rest) > 0 {
			fmt.Fprintf(b, "    %s:*) words=\"%s\" ;;\n", c.at, strings.Join(rest, " "))
		}
	}
	b.WriteString(`    esac ;;
  esac
  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); fi
}
complete -o default -F _coldtrail coldtrail
`)
}

func zshCompletion(b *strings.Builder, all []completion) {
	fmt.Fprintf(b, `#compdef coldtrail
# zsh completion for coldtrail: made by "coldtrail completion zsh".
_coldtrail() {
  local at= i cur=${words[CURRENT]} prev=${words[CURRENT-1]}
  local -a known
  for ((i = 2; i < CURRENT; i++)); do
    case "$at/${words[i]}" in %s) at="$at/${words[i]}" ;; esac
  done
  if [[ $cur == --*=* ]]; then prev=${cur%%%%=*}; compset -P '*='; cur= ; fi
  case "$at $prev" in
`, paths(all))
	for i := range all {
		for j := range all[i].flags {
			switch f := &all[i].flags[j]; {
			case len(f.values) > 0:
				fmt.Fprintf(b, "  %s) compadd -- %s; return ;;\n", flagPatterns(&all[i], f), strings.Join(f.values, " "))
			case f.takes:
				fmt.Fprintf(b, "  %s) _files; return ;;\n", flagPatterns(&all[i], f))
			}
		}
	}
	b.WriteString("  esac\n  case \"$at:$cur\" in\n")
	for i := range all {
		c := &all[i]
		var flags, rest []string
		for _, f := range c.flags {
			for _, w := range f.words {
				flags = append(flags, zshWord(w, f.help))
			}
		}
		for _, w := range c.commands {
			rest = append(rest, zshWord(w.word, w.help))
		}
		for _, v := range c.values {
			rest = append(rest, zshWord(v, ""))
		}
		fmt.Fprintf(b, "  %s:-*) known=(%s) ;;\n", c.at, strings.Join(flags, " "))
		if len(rest) > 0 {
			fmt.Fprintf(b, "  %s:*) known=(%s) ;;\n", c.at, strings.Join(rest, " "))
		}
	}
	b.WriteString(`  esac
  if (( ${#known} )); then _describe coldtrail known; else _files; fi
}
if [[ ${funcstack[1]} == _coldtrail ]]; then _coldtrail "$@"; else compdef _coldtrail coldtrail; fi
`)
}

// zshWord is a word and its description as _describe takes them.
func zshWord(word, help string) string {
	if help != "" {
		word += ":" + help
	}
	return shellWord(word)
}

func fishCompletion(b *strings.Builder, all []completion) {
	fmt.Fprintf(b, `# fish completion for coldtrail: made by "coldtrail completion fish".
function __coldtrail_at
    set -l at
    for word in (commandline -opc)[2..-1]
        switch "$at/$word"
            case %s
                set at "$at/$word"
        end
    end
    test "$at" = "$argv[1]"
end
`, strings.ReplaceAll(paths(all), "|", " "))
	for i := range all {
		c := &all[i]
		line := func(format string, args ...any) {
			fmt.Fprintf(b, "complete -c coldtrail -n '__coldtrail_at \"%s\"' "+format+"\n", append([]any{c.at}, args...)...)
		}
		for _, w := range c.commands {
			line("-f -a %s -d %s", w.word, fishWord(w.help))
		}
		if len(c.values) > 0 {
			line("-f -a '%s'", strings.Join(c.values, " "))
		}
		for _, f := range c.flags {
			spelled := "-l " + strings.TrimPrefix(f.words[0], "--")
			for _, short := range f.words[1:] {
				spelled += " -s " + strings.TrimPrefix(short, "-")
			}
			switch {
			case len(f.values) > 0:
				spelled += " -x -a '" + strings.Join(f.values, " ") + "'"
			case f.takes:
				spelled += " -r -F"
			}
			line("%s -d %s", spelled, fishWord(f.help))
		}
	}
}

func fishWord(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
