// boxes: flame graph and icicle: a row of boxes for each level, as wide as
// their time.
"use strict";

memprof.Boxes = class extends memprof.Picture {
	static row = 18;
	static least = 0.4; // of a pixel: what is narrower is left out

	// `down`: an icicle.
	constructor(svg, view, room, tell, down) {
		super(svg, view, room, tell);
		this.deeper = down ? "ArrowDown" : "ArrowUp";
	}

	lay() {
		const { focus } = this.view;
		const width = this.room();
		const scale = width / (focus.total || 1);
		const boxes = focus.path.map((call) => ({ call, x: 0, w: width }));
		let below = [boxes[boxes.length - 1]];

		this.hidden = 0;
		while (below.length) {
			below = below.flatMap((box) => this.beside(box, scale));
			boxes.push(...below);
		}
		const rows = boxes[boxes.length - 1].call.depth + 1;
		return {
			width,
			height: rows * memprof.Boxes.row,
			shapes: boxes.map((box) => this.shape(box, rows)),
		};
	}

	// The callees of what a box shows, side by side.
	beside(box, scale) {
		let { x } = box;
		const shown = [];

		for (const call of box.call.kids) {
			const w = call.total * scale;
			if (w >= memprof.Boxes.least)
				shown.push({ call, x, w });
			else
				this.hidden++;
			x += w;
		}
		return shown;
	}

	shape({ call, x, w }, rows) {
		const { row } = memprof.Boxes;
		const level = this.deeper === "ArrowUp"
			? rows - 1 - call.depth : call.depth;
		const y = level * row;
		const text = this.fit(call.label, w - 6);

		return {
			call,
			tag: "rect",
			attributes: { x, y, width: w, height: row },
			text: text && ((g) => {
				this.make("text", { class: "label", x: x + 3, y: y + 13 },
					g).textContent = text;
			}),
		};
	}
};
