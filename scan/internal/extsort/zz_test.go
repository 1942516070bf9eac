package extsort
import ("testing";"syscall";"time";"math/rand/v2";"encoding/binary";"slices";"unsafe";"os")
func TestZZ(t *testing.T){
 r := rand.New(rand.NewPCG(1, 1))
 var vals [][]byte
 for range 256 { vals=append(vals,record(r)) }
 s:=New(Config{Memory:4<<30,Writers:1}); w:=s.NewWriter(); key:=make([]byte,40)
 if os.Getenv("X")!="" { for range 40 { b:=make([]byte,32<<20); p:=uintptr(unsafe.Pointer(&b[0])); _=p
   syscall.Madvise(b,14); for o:=0;o+int(s.chunk)<=len(b);o+=int(s.chunk){ s.freeChunks=append(s.freeChunks,b[o:o:o+int(s.chunk)])} } }
 var ru,ru2 syscall.Rusage; syscall.Getrusage(0,&ru); t0:=time.Now()
 for i:=range 700_000 { binary.BigEndian.PutUint64(key,uint64(r.IntN(86400))); binary.BigEndian.PutUint64(key[8:],r.Uint64()); w.Add(key,vals[i&255]) }
 w.Close(); t1:=time.Now()
 it,_:=s.Merge(); n:=0; for it.Next(){n+=len(it.Value())}
 t2:=time.Now()
 syscall.Getrusage(0,&ru2)
 t.Log(t1.Sub(t0)/700000,t2.Sub(t1)/700000, "minflt",ru2.Minflt-ru.Minflt,"utime",ru2.Utime.Usec-ru.Utime.Usec+1e6*(ru2.Utime.Sec-ru.Utime.Sec),"stime",ru2.Stime.Usec-ru.Stime.Usec+1e6*(ru2.Stime.Sec-ru.Stime.Sec), n)
}
func BenchmarkZZSort(b *testing.B){
 r := rand.New(rand.NewPCG(1, 1)); refs:=make([]ref,1<<20)
 for i:=range refs { refs[i]=ref{hi:1_688_947_200+uint64(r.IntN(86400)),lo:r.Uint64()} }
 tmp:=slices.Clone(refs); m:=&memoryRun{refs:tmp}
 b.Run("radix",func(b *testing.B){for b.Loop(){copy(tmp,refs);m.sort()};b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N<<20),"ns/entry")})
 b.Run("pdq",func(b *testing.B){for b.Loop(){copy(tmp,refs);m.sortRange(0,len(tmp))};b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N<<20),"ns/entry")})
}
