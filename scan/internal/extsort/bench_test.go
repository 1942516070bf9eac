package extsort

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
)

// record is about 1.6 kB of JSON in the shape of a CloudTrail record, with as much
// randomness in it as real ones have.
func record(r *rand.Rand) []byte {
	return fmt.Appendf(nil, `{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROA%016X:i-%016x",`+
		`"arn":"arn:aws:sts::%012d:assumed-role/app-role-%d/i-%x","accountId":"%012d","accessKeyId":"ASIA%016X",`+
		`"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA%016X","arn":"arn:aws:iam::123456789012:role/app-role",`+
		`"accountId":"123456789012","userName":"app-role"},"attributes":{"creationDate":"2023-07-10T0%d:12:34Z","mfaAuthenticated":"false"}}},`+
		`"eventTime":"2023-07-10T1%d:%02d:%02dZ","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1",`+
		`"sourceIPAddress":"10.%d.%d.%d","userAgent":"[aws-sdk-java/1.12.%d Linux/5.10.1 OpenJDK_64-Bit_Server_VM/25.3 java/1.8.0_372]",`+
		`"requestParameters":{"bucketName":"bucket-%d","Host":"bucket.s3.amazonaws.com","key":"data/%x/%x/part-%05d.parquet"},"responseElements":null,`+
		`"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":0,`+
		`"x-amz-id-2":"%016x%016x%016x=","bytesTransferredOut":%d},"requestID":"%016X","eventID":"%08x-%04x-%04x-%04x-%012x","readOnly":true,`+
		`"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::bucket-%d/data"}],"eventType":"AwsApiCall","managementEvent":false,`+
		`"recipientAccountId":"123456789012","eventCategory":"Data","tlsDetails":{"tlsVersion":"TLSv1.2","clientProvidedHostHeader":"bucket.s3.amazonaws.com"}}`,
		r.Uint64(), r.Uint64(), r.IntN(1e9), r.IntN(20), r.Uint64(), r.IntN(1e9), r.Uint64(), r.Uint64(), r.IntN(10), r.IntN(10), r.IntN(60), r.IntN(60),
		r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(600), r.IntN(40), r.Uint32(), r.Uint32(), r.IntN(1e5), r.Uint64(), r.Uint64(), r.Uint64(), r.IntN(1e6),
		r.Uint64(), r.Uint32(), r.IntN(65536), r.IntN(65536), r.IntN(65536), r.Uint64()>>16, r.IntN(40))
}

// A load is what a benchmark adds: keys of 40 bytes in random order, of which the
// first 8 are a time in seconds of one day.
type load struct {
	name    string
	entries int
	values  [][]byte // used in turn
}

func loads() []load {
	r := rand.New(rand.NewPCG(1, 1))
	big := load{name: "1.6kB", entries: 1 << 16}
	small := load{name: "60B", entries: 1 << 20}
	for range 1 << 12 {
		big.values = append(big.values, record(r))
		v := make([]byte, 20)
		binary.LittleEndian.PutUint64(v, r.Uint64())
		small.values = append(small.values, v)
	}
	return []load{big, small}
}

func (l load) bytes() (n int64) {
	for _, v := range l.values {
		n += int64(40+len(v)) * int64(l.entries/len(l.values))
	}
	return n
}

func (l load) add(b *testing.B, s *Sorter) {
	r := rand.New(rand.NewPCG(2, 2))
	key := make([]byte, 40)
	w := s.NewWriter()
	for i := range l.entries {
		binary.BigEndian.PutUint64(key, 1_688_947_200+uint64(r.IntN(86400)))
		binary.BigEndian.PutUint64(key[8:], r.Uint64())
		binary.BigEndian.PutUint64(key[32:], uint64(i))
		if err := w.Add(key, l.values[i%len(l.values)]); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}

func drain(b *testing.B, s *Sorter) {
	it, err := s.Merge()
	if err != nil {
		b.Fatal(err)
	}
	defer it.Close()
	n := 0
	for it.Next() {
		n += int(it.Key()[0]) + len(it.Value())
	}
	if it.Err() != nil {
		b.Fatal(it.Err())
	}
}

func (l load) run(b *testing.B, name string, cfg Config, f func(b *testing.B, s *Sorter)) {
	b.Run(name+"/"+l.name, func(b *testing.B) {
		b.SetBytes(l.bytes())
		cfg.Dir = b.TempDir()
		cfg.Writers = 1
		for b.Loop() {
			s := New(cfg)
			f(b, s)
			s.Close()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*l.entries), "ns/entry")
	})
}

// BenchmarkSort measures adding and sorting alone and with a merge, in memory and
// with everything but a last part spilled; first-touch page faults included.
func BenchmarkSort(b *testing.B) {
	for _, l := range loads() {
		l.run(b, "memory-add", Config{Memory: 1 << 30}, func(b *testing.B, s *Sorter) { l.add(b, s) })
		l.run(b, "memory", Config{Memory: 1 << 30}, func(b *testing.B, s *Sorter) { l.add(b, s); drain(b, s) })
		l.run(b, "spill-add", Config{Memory: 16 << 20}, func(b *testing.B, s *Sorter) { l.add(b, s) })
		l.run(b, "spill", Config{Memory: 16 << 20}, func(b *testing.B, s *Sorter) { l.add(b, s); drain(b, s) })
		l.run(b, "levels", Config{Memory: 16 << 20, MaxRuns: 4}, func(b *testing.B, s *Sorter) { l.add(b, s); drain(b, s) })
	}
}

// BenchmarkMerge measures a second merge: no page is touched for the first time.
func BenchmarkMerge(b *testing.B) {
	for _, l := range loads() {
		for _, memory := range []int64{1 << 30, 64 << 20, 16 << 20} {
			b.Run(fmt.Sprintf("%dMiB/%s", memory>>20, l.name), func(b *testing.B) {
				b.SetBytes(l.bytes())
				s := New(Config{Dir: b.TempDir(), Memory: memory, Writers: 1})
				defer s.Close()
				l.add(b, s)
				for b.Loop() {
					drain(b, s)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*l.entries), "ns/entry")
			})
		}
	}
}
