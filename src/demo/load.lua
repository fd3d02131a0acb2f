-- load: what wrk asks memprof-demo for: all pages but /busy, which is for
-- profiles, as often as their weights say, with a few milliseconds between an
-- answer and the next request.

local weights = {
	["/"] = 15,
	["/clean"] = 80,
	["/leaking"] = 60,
	["/spike"] = 1,
	["/cached"] = 45,
	["/handover"] = 36,
	["/slow"] = 15,
	["/stream"] = 15,
	["/failing"] = 2,
	["/cafe"] = 27,
	["/no/such/page"] = 4,
}

local requests = {}
local longest_delay = 12 -- ms
local threads = 0

function setup(thread)
	threads = threads + 1
	thread:set("seed", threads)
end

function init()
	math.randomseed(seed)
	for path, weight in pairs(weights) do
		local text = wrk.format("GET", path)
		for _ = 1, weight do
			requests[#requests + 1] = text
		end
	end
end

function delay()
	return math.random(0, longest_delay)
end

function request()
	return requests[math.random(#requests)]
end
