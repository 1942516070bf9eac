# List the recipes.
default:
    @just --list

# All that CI runs, from formatting to the race detector.
check:
    bash .ci/run

# The tests, as in the README.
test:
    go test ./...

# The tests under the race detector.
race:
    go test -race -short ./...

# Fuzz one target for as long as you like: just fuzz parser FuzzReader 10m
fuzz package target time="1m":
    go test -run '^$' -fuzz '^{{ target }}$' -fuzztime {{ time }} ./{{ package }}

# More linters than CI has, and the import direction; the first run builds them.
lint:
    go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run

# Compare with decompression alone, zcat, jq and DuckDB on 1 GB of JSON: cmd/coldtrail/bench_test.go says what can be set.
bench:
    go test -tags bench -run TestBench -count 1 -timeout 3h ./cmd/coldtrail -v

# The same at 0.1, 1 and 10 GB, for growth: it takes an hour or two, and room for 10 GB of JSON and its case.
bench-all:
    BENCH_SIZES=100MB,1GB,10GB go test -tags bench -run TestBench -count 1 -timeout 3h ./cmd/coldtrail -v

# What asking a case of a million events takes: look-ups, questions, pages, beside DuckDB on the objects.
bench-ask:
    go test -tags bench -run TestBenchAsk -count 1 -timeout 3h ./cmd/coldtrail -v

# The benchmarks of the parts: framer, decoder, gunzip, sort.
microbench:
    go test -run '^$' -bench . ./...

# Make a synthetic incident, analyze it, compare with the truth.
demo:
    go run ./cmd/coldtrail demo

# The programs for air-gapped machines and their checksums, in dist/.
release:
    bash .release/build

# Build HEAD twice, in two clones with empty caches, and compare byte for byte.
release-check:
    bash .release/check

# Make the profile that builds are guided by, of a triage and an analyze of the benchmark's archive; in /tmp, since it names the program's path.
pgo archive:
    rm -rf /tmp/coldtrail-pgo && mkdir /tmp/coldtrail-pgo && go build -trimpath -o /tmp/coldtrail-pgo/coldtrail ./cmd/coldtrail
    /tmp/coldtrail-pgo/coldtrail triage {{ archive }} -q --cpu-profile /tmp/coldtrail-pgo/triage.out
    /tmp/coldtrail-pgo/coldtrail analyze {{ archive }} -q -o /tmp/coldtrail-pgo/case --cpu-profile /tmp/coldtrail-pgo/analyze.out
    go tool pprof -proto /tmp/coldtrail-pgo/triage.out /tmp/coldtrail-pgo/analyze.out > cmd/coldtrail/default.pgo
