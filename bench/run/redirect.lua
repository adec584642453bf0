-- Asks for random short URLs of demo codes and prints one line of JSON.
-- The environment says how many codes there are, the seed, what a short URL's
-- path looks like, and the headers.
local many = tonumber(os.getenv("BENCH_CODES"))
local path = os.getenv("BENCH_PATH")
local paths = {}
local following = 0

function init(args)
  for name, value in string.gmatch(os.getenv("BENCH_HEADERS"), "([^:\r\n]+): ([^\r\n]+)") do
    wrk.headers[name] = value
  end
  math.randomseed(tonumber(os.getenv("BENCH_SEED")))
  for i = 1, 20000 do
    local n
    repeat n = math.random(1, many) until n % 20 ~= 0 -- every twentieth demo code is static
    paths[i] = wrk.format("GET", string.format(path, string.format("DEMO%06X", n)))
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
