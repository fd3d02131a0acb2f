// rings: sunburst: a ring for each level, around the call that is zoomed to.
"use strict";

memprof.Rings = class extends memprof.Picture {
	static most = 720; // pixels across
	static least = 0.4; // of a pixel: what is shorter is left out
	static thick = { least: 7, most: 46 }; // a ring

	deeper = "ArrowDown";

	lay() {
		const { least, most, thick } = memprof.Rings;
		const size = Math.min(this.room(), most);
		const { focus } = this.view;
		const scale = 2 * Math.PI / (focus.total || 1);
		const middle = Math.max(size / 14, 24);
		const room = size / 2 - middle - 1;
		const levels = [[{ call: focus, from: 0, to: 2 * Math.PI }]];
		const cut = (arc) => (arc.to - arc.from) * size / 2 < least;

		this.hidden = 0;
		for (let level = levels[0]; level.length; levels.push(level)) {
			const next = level.flatMap((arc) => this.beside(arc, scale));
			level = next.filter((arc) => !cut(arc));
			this.hidden += next.length - level.length;
			if (levels.length > room / thick.least) {
				this.hidden += level.length;
				break;
			}
		}
		const rings = levels.filter((level) => level.length).length - 1;
		this.centre = size / 2;
		this.middle = middle;
		this.thick = Math.min(thick.most, room / Math.max(rings, 1));
		return {
			width: size,
			height: size,
			shapes: levels.flatMap((level, i) =>
				level.map((arc, j) => this.shape(arc, i, i + "-" + j))),
		};
	}

	beside(arc, scale) {
		let from = arc.from;

		return arc.call.kids.map((call) => {
			const to = from + call.total * scale;
			const next = { call, from, to };
			from = to;
			return next;
		});
	}

	point(radius, angle) {
		return (this.centre + radius * Math.sin(angle)).toFixed(2) + " " +
			(this.centre - radius * Math.cos(angle)).toFixed(2);
	}

	// An arc on from where the path is; half circles, as a whole one has no
	// direction.
	arc(radius, from, to) {
		const half = (from + to) / 2;
		const turn = to > from ? 1 : 0;

		return [half, to].map((angle) => "A" + radius + " " + radius +
			" 0 0 " + turn + " " + this.point(radius, angle)).join("");
	}

	shape({ call, from, to }, level, id) {
		const inner = this.middle + (level - 1) * this.thick;
		const outer = inner + this.thick;

		if (level === 0)
			return this.disc(call);
		return {
			call,
			tag: "path",
			attributes: {
				d: "M" + this.point(inner, from) +
					this.arc(inner, from, to) +
					"L" + this.point(outer, to) +
					this.arc(outer, to, from) + "Z",
			},
			text: this.text(call, (inner + outer) / 2, from, to, id),
		};
	}

	disc(call) {
		const text = this.fit(call.label, 2 * this.middle - 6);

		return {
			call,
			tag: "circle",
			attributes: { cx: this.centre, cy: this.centre, r: this.middle },
			text: text && ((g) => {
				this.make("text", {
					class: "label middle", x: this.centre, y: this.centre + 4,
				}, g).textContent = text;
			}),
		};
	}

	// Along the ring, and never head down.
	text(call, radius, from, to, id) {
		const below = Math.cos((from + to) / 2) < 0;
		const base = radius + (below ? 4 : -4);
		const text = this.thick < 13 ? ""
			: this.fit(call.label, (to - from) * base - 8);
		const [a, b] = below ? [to, from] : [from, to];

		return text && ((g) => {
			this.make("path", {
				id: "ring" + id, class: "line",
				d: "M" + this.point(base, a) + this.arc(base, a, b),
			}, g);
			const line = this.make("text", { class: "label middle" }, g);
			this.make("textPath", {
				href: "#ring" + id, startOffset: "50%",
			}, line).textContent = text;
		});
	}
};
