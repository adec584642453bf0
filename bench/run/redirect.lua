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
