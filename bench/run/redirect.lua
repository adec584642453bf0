-- Asks for random short URLs of demo codes and prints one line of JSON.
-- The environment says how many codes there are and the seed.
local many = tonumber(os.getenv("BENCH_CODES"))
local paths = {}
local following = 0

function init(args)
  math.randomseed(tonumber(os.getenv("BENCH_SEED")))
  for i = 1, 20000 do
    local n
    repeat n = math.random(1, many) until n % 20 ~= 0 -- every twentieth demo code is static
    paths[i] = wrk.format("GET", string.format("/R/DEMO%06X", n))
  end
end

-- With BENCH_RATE, requests are sent by the clock: so many a second in all.
local rate = tonumber(os.getenv("BENCH_RATE") or "")
if rate then
  local ffi = require("ffi")
  ffi.cdef("typedef struct { long s, ns; } bench_time; int clock_gettime(int, bench_time *);")
  local now, due = ffi.new("bench_time"), nil
  function delay()
    ffi.C.clock_gettime(1, now)
    local t = tonumber(now.s) + tonumber(now.ns) / 1e9
    due = math.max(due or t, t - 0.1) + 1 / rate
    return math.max(0, math.floor((due - t) * 1000))
  end
end

function request()
  following = following % #paths + 1
  return paths[following]
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"p999":%d,"failed":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    e.connect + e.read + e.write + e.status + e.timeout))
end
