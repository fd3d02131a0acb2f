-- load: what wrk asks memprof-demo for: all pages, as often as their weights
-- say, with a few milliseconds between an answer and the next request.

local weights = {
	["/"] = 5,
	["/clean"] = 26,
	["/leaking"] = 20,
	["/spike"] = 1,
	["/cached"] = 15,
	["/handover"] = 12,
	["/slow"] = 5,
	["/stream"] = 5,
	["/failing"] = 1,
	["/cafe"] = 9,
	["/no/such/page"] = 1,
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
