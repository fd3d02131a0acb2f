// model: the calls of a profile, as its data have them, and what is seen of
// them: which root, zoomed to which call, looking for which text.
"use strict";
const memprof = {};

// A time as people read it, as mp_words_time() has it.
memprof.time = function (ns) {
	const units = [[3.6e12, " h"], [1e9, " s"], [1e6, " ms"]];
	const us = Math.round(ns / 1e3);

	if (ns < 1e3)
		return Math.round(ns) + " ns";
	if (us < 1e3)
		return us + " us";
	const [size, unit] = units.find(
		([s], i) => us * 1e3 >= s * 0.999995 || i === 2);
	return (us * 1e3 / size).toFixed(2) + unit;
};

// What is read at once; as long as in the table.
memprof.cut = function (text) {
	return text.length > 500 ? text.slice(0, 500) + ".." : text;
};

memprof.percent = function (part, whole) {
	return (whole ? 100 * part / whole : 0).toFixed(2) + " %";
};

// A call, which is one node of the tree, or several that are looked at as one.
memprof.Call = class {
	constructor(model, nodes, parent) {
		const d = model.data;
		const sum = (column) => nodes.reduce((n, i) => n + column[i], 0);

		this.model = model;
		this.nodes = nodes;
		this.parent = parent;
		this.depth = parent ? parent.depth + 1 : 0;
		this.place = d.node[nodes[0]];
		this.total = sum(d.total);
		this.self = sum(d.self);
		this.samples = sum(d.samples);
		this.blocked = sum(d.blocked);
		if (d.diff) {
			this.before = sum(d.before);
			this.selfBefore = sum(d.self_before);
			this.selfSamples = sum(d.self_samples);
			this.selfSamplesBefore = sum(d.self_samples_before);
		}
	}

	get label() {
		return this.model.label(this.place);
	}

	get colour() {
		if (this.model.data.diff)
			return this.model.shade(this);
		return this.model.colour(this.place, this.blocked === this.total);
	}

	// The largest first.
	get kids() {
		if (this.made)
			return this.made;
		const by = new Map();
		for (const node of this.nodes) {
			const [from, to] = this.model.children(node);
			for (let i = from; i < to; i++) {
				const place = this.model.data.node[i];
				if (!by.has(place))
					by.set(place, []);
				by.get(place).push(i);
			}
		}
		this.made = Array.from(by.values(),
			(nodes) => new memprof.Call(this.model, nodes, this));
		if (this.nodes.length > 1)
			this.made.sort((a, b) => b.total - a.total ||
				(a.label < b.label ? -1 : 1));
		return this.made;
	}

	// From the root down to this one.
	get path() {
		return this.parent ? [...this.parent.path, this] : [this];
	}
};

memprof.Model = class {
	// Nodes come level by level, so those of one parent are neighbours.
	constructor(data) {
		const n = data.node.length;

		this.data = data;
		this.from = new Int32Array(n).fill(n);
		this.to = new Int32Array(n).fill(n);
		for (let i = n - 1; i > 0; i--) {
			const parent = data.parent[i];
			if (this.from[parent] === n)
				this.to[parent] = i + 1;
			this.from[parent] = i;
		}
	}

	children(node) {
		return [this.from[node], this.to[node]];
	}

	// Of a place; the root of all is none.
	functionOf(place) {
		return place < 0 ? -1 : this.data.places[place][0];
	}

	label(place) {
		if (place < 0)
			return "all";
		const [f, line] = this.data.places[place];
		return this.data.functions[f].name + (line ? ":" + line : "");
	}

	colour(place, blocked) {
		if (place < 0)
			return "all";
		const f = this.data.functions[this.functionOf(place)];
		if (f.hue === "u")
			return "hu";
		return "h" + (blocked ? "b" : f.hue) + "s" + f.shade;
	}

	// ---- of two profiles, as in calldiff.c and diffdraw.c ----

	// What changed, for each request.
	change(before, after) {
		const { requests } = this.data.diff;
		return after / requests[1] - before / requests[0];
	}

	// Counts of samples vary as their square root.
	isNoise(call) {
		const { requests, sample } = this.data.diff;
		const variance = [call.selfSamplesBefore, call.selfSamples].reduce(
			(sum, n, i) => sum + (sample[i] / requests[i]) ** 2 *
				Math.max(n, 1), 0);
		return Math.abs(this.change(call.selfBefore, call.self)) <=
			2 * Math.sqrt(variance);
	}

	shade(call) {
		const { most } = this.data.diff;
		const change = this.change(call.selfBefore, call.self);

		if (!change || !most || this.isNoise(call))
			return "same";
		return (change > 0 ? "grew" : "fell") +
			Math.ceil(Math.min(Math.abs(change) / most, 1) * 4);
	}

	// What changed of a call, in one line.
	compare(call) {
		const { requests } = this.data.diff;
		const signed = (ns) => (ns < 0 ? "-" : "+") +
			memprof.time(Math.abs(ns));
		const self = this.change(call.selfBefore, call.self);
		const parts = [memprof.time(call.total / requests[1]) + " (" +
			memprof.percent(call.total, this.data.total[0]) + ")",
			"before " + memprof.time(call.before / requests[0]),
			signed(this.change(call.before, call.total))];

		return memprof.cut(call.label) + ": " + parts.join(", ") +
			(self ? "; itself " + signed(self) +
				(this.isNoise(call) ? ", maybe chance" : "") : "");
	}

	root() {
		return new memprof.Call(this, [0], null);
	}

	// The nodes for which `is` holds, but those below another such one.
	outermost(is) {
		const inside = new Uint8Array(this.data.node.length);
		const found = [];

		for (let i = 0; i < inside.length; i++) {
			const parent = this.data.parent[i];
			inside[i] = i > 0 ? inside[parent] : 0;
			if (!inside[i] && is(this.data.node[i])) {
				inside[i] = 1;
				found.push(i);
			}
		}
		return found;
	}

	// All calls of a function as one; null where the data have none.
	rootOf(f) {
		const nodes = this.outermost((place) => this.functionOf(place) === f);
		return nodes.length ? new memprof.Call(this, nodes, null) : null;
	}

	// What is known of a call, in one line.
	describe(call) {
		if (this.data.diff)
			return this.compare(call);
		const all = this.data.total[0];
		const parts = [memprof.time(call.total) + " (" +
			memprof.percent(call.total, all) + ")",
			call.samples + (call.samples === 1 ? " sample" : " samples")];

		if (call.self && call.self !== call.total)
			parts.push("itself " + memprof.time(call.self));
		if (call.blocked)
			parts.push("blocked " + memprof.time(call.blocked));
		if (call.place >= 0) {
			const [f, , inlined] = this.data.places[call.place];
			const { object, file, line } = this.data.functions[f];
			if (inlined)
				parts.push("inlined");
			if (file)
				parts.push(file + (line ? ":" + line : ""));
			if (object >= 0)
				parts.push(this.data.objects[object]);
		}
		return memprof.cut(call.label) + ": " + parts.join(", ");
	}
};

// What is seen; `changed` is called whenever that is another.
memprof.View = class {
	constructor(model, changed) {
		this.model = model;
		this.changed = changed;
		this.whole = model.root();
		this.root = this.focus = this.whole;
		this.sought = "";
	}

	zoom(call) {
		this.focus = call;
		this.changed();
	}

	reset() {
		this.root = this.focus = this.whole;
		this.changed();
	}

	// Make all calls of a function the root, where there are any.
	setRoot(f) {
		const root = this.model.rootOf(f);
		if (!root)
			return false;
		this.root = this.focus = root;
		this.changed();
		return true;
	}

	search(text) {
		this.sought = text.toLowerCase();
		this.changed();
	}

	isFound(place) {
		return this.sought !== "" && place >= 0 &&
			this.model.label(place).toLowerCase().includes(this.sought);
	}

	// How much of the whole is in calls that are found.
	found() {
		return this.model.outermost((place) => this.isFound(place))
			.reduce((n, i) => n + this.model.data.total[i], 0);
	}
};
