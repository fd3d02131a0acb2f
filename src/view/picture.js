// picture: what all drawings of calls share: elements that can be pointed at,
// focused, and walked through with the arrows.
"use strict";

// A subclass has lay(), which gives { width, height, shapes }, each shape with
// { call, tag, attributes, text }, and deeper, the key that leads to callees.
memprof.Picture = class {
	// `room` tells how wide it may be; `tell` is given the call looked at.
	constructor(svg, view, room, tell) {
		this.svg = svg;
		this.view = view;
		this.room = room;
		this.tell = tell;
		this.elements = new Map();
		// Who listens for focus would else be in the order of the Tab key.
		svg.setAttribute("tabindex", "-1");
		svg.addEventListener("click", (e) => this.act(e));
		// Not pointerover, which comes, too, when a drawing moves below it.
		svg.addEventListener("pointermove", (e) => this.look(e));
		svg.addEventListener("focusin", (e) => this.look(e));
		svg.addEventListener("pointerleave", () => this.leave());
		svg.addEventListener("keydown", (e) => this.key(e));
	}

	// The shape that an event is about.
	shapeOf(event) {
		const g = event.target.closest("g.call");
		return g && this.shapes[Number(g.dataset.i)];
	}

	act(event) {
		const shape = this.shapeOf(event);
		if (shape)
			this.zoom(shape.call);
	}

	// Into a call, or out of the one that is zoomed to already.
	zoom(call) {
		const to = call === this.view.focus && call.parent || call;
		this.current = to;
		this.view.zoom(to);
		this.focusOn(to);
	}

	look(event) {
		const shape = this.shapeOf(event);
		if (shape && event.type === "focusin")
			this.makeCurrent(shape.call);
		if (shape && shape !== this.told)
			this.tell(shape.call);
		this.told = shape;
	}

	leave() {
		this.told = null;
		this.tell(null);
	}

	focusOn(call) {
		const g = this.elements.get(call);
		if (g)
			g.focus();
	}

	// Only one element is in the order of the Tab key.
	makeCurrent(call) {
		const before = this.elements.get(this.current);
		if (before)
			before.setAttribute("tabindex", "-1");
		this.current = call;
		this.elements.get(call).setAttribute("tabindex", "0");
	}

	key(event) {
		const shape = this.shapeOf(event);
		if (!shape || event.ctrlKey || event.altKey || event.metaKey)
			return;
		if (event.key === "Enter" || event.key === " ")
			this.zoom(shape.call);
		else if (!this.step(event.key, shape))
			return;
		event.preventDefault();
	}

	step(key, shape) {
		const beside = (by) => {
			const row = this.shapes.filter(
				(s) => s.call.depth === shape.call.depth);
			const next = row[row.indexOf(shape) + by];
			return next && next.call;
		};
		const shallower = this.deeper === "ArrowUp" ? "ArrowDown" : "ArrowUp";
		let to;

		if (key === "ArrowLeft")
			to = beside(-1);
		else if (key === "ArrowRight")
			to = beside(1);
		else if (key === this.deeper)
			to = shape.call.kids.find((c) => this.elements.has(c));
		else if (key === shallower)
			to = shape.call.parent;
		else if (key === "Home")
			to = this.view.focus;
		else
			return false;
		if (to)
			this.focusOn(to);
		return true;
	}

	// How many letters there are room for.
	letters(width) {
		if (!this.letter) {
			const text = this.make("text", { class: "label" }, this.svg);
			text.textContent = "MMMMMMMMMM";
			this.letter = text.getComputedTextLength() / 10 || 7;
			text.remove();
		}
		return Math.floor(width / this.letter);
	}

	// As much of a text as fits; nothing where that says nothing.
	fit(text, width) {
		const room = this.letters(width);
		const all = Array.from(text);

		if (all.length <= room)
			return text;
		return room < 4 ? "" : all.slice(0, room - 2).join("") + "..";
	}

	make(tag, attributes, parent) {
		const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
		for (const [name, value] of Object.entries(attributes))
			e.setAttribute(name, value);
		parent.appendChild(e);
		return e;
	}

	put(shape, i) {
		const { call } = shape;
		const about = this.view.model.describe(call);
		const g = this.make("g", {
			class: "call" + (this.view.isFound(call.place) ? " found" : ""),
			role: "treeitem",
			tabindex: "-1",
			"aria-level": call.depth + 1,
			"aria-label": about,
			"data-i": i,
		}, this.svg);

		this.make("title", {}, g).textContent = about;
		this.make(shape.tag,
			{ class: call.colour, ...shape.attributes }, g);
		if (shape.text)
			shape.text(g);
		this.elements.set(call, g);
	}

	draw() {
		const { width, height, shapes } = this.lay();
		const focused = this.svg.contains(document.activeElement);

		this.svg.replaceChildren();
		this.svg.setAttribute("width", width);
		this.svg.setAttribute("height", height);
		this.svg.setAttribute("viewBox", "0 0 " + width + " " + height);
		this.svg.setAttribute("role", "tree");
		this.svg.classList.toggle("searched", this.view.sought !== "");
		this.elements.clear();
		this.shapes = shapes;
		shapes.forEach((shape, i) => this.put(shape, i));
		if (!this.elements.has(this.current))
			this.current = this.view.focus;
		this.makeCurrent(this.current);
		if (focused)
			this.focusOn(this.current);
	}
};
