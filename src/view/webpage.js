// webpage: a profile's page: which drawing is shown, the stack that leads to
// what is seen, and the tables.
"use strict";

(function () {
	const at = (id) => document.getElementById(id);
	const data = JSON.parse(at("data").textContent);
	const model = new memprof.Model(data);
	const view = new memprof.View(model, changed);
	const room = () => at("room").clientWidth;
	const search = at("search");
	const rows = Array.from(at("functions").tBodies[0].rows);
	const indices = new Map(data.functions.map((f, i) => [f.id, i]));
	const makers = {
		flame: (svg) => new memprof.Boxes(svg, view, room, tell, false),
		icicle: (svg) => new memprof.Boxes(svg, view, room, tell, true),
		sunburst: (svg) => new memprof.Rings(svg, view, room, tell),
	};
	let picture;

	function make(tag, parent, text) {
		const e = parent.appendChild(document.createElement(tag));
		if (text !== undefined)
			e.textContent = text;
		return e;
	}

	function button(parent, text, act) {
		const e = make("button", parent, text);
		e.type = "button";
		e.addEventListener("click", act);
		return e;
	}

	// ---- the picture ----

	function tell(call) {
		at("details").textContent = model.describe(call || view.focus);
	}

	// With its listeners, a drawing leaves its element for good.
	function show(kind) {
		const old = at("picture");
		const svg = old.cloneNode(false);

		old.replaceWith(svg);
		picture = makers[kind](svg);
		changed();
	}

	function changed() {
		picture.draw();
		at("narrow").hidden = picture.hidden === 0;
		at("narrow").textContent = picture.hidden +
			" more calls have no room here, until their callers are zoomed.";
		showStack();
		tell(null);
		showFound();
	}

	function showStack() {
		const list = at("stack").firstElementChild;
		const focused = list.contains(document.activeElement);
		let last;

		list.replaceChildren();
		if (view.root !== view.whole)
			button(make("li", list), "all", reset);
		for (const call of view.focus.path) {
			last = button(make("li", list), call.label, () => {
				view.zoom(call);
			});
			last.title = model.describe(call);
		}
		last.setAttribute("aria-current", "true");
		if (focused)
			last.focus();
	}

	function showFound() {
		let n = 0;

		for (const row of rows) {
			const name = row.querySelector(".name").textContent;
			const is = name.toLowerCase().includes(view.sought);
			row.hidden = !is;
			n += is ? 1 : 0;
		}
		at("found").textContent = view.sought === "" ? ""
			: memprof.percent(view.found(), data.total[0]) + " in " + n +
				(n === 1 ? " function" : " functions");
	}

	function reset() {
		search.value = view.sought = "";
		view.reset();
	}

	// ---- the table of functions ----

	// Those whose calls are all folded away have nothing to show.
	function makeRoots() {
		for (const row of rows) {
			const index = indices.get(Number(row.dataset.id));
			const name = row.querySelector(".name");

			if (index === undefined)
				continue;
			// Not a button: its text would not be broken into lines.
			const shown = name.firstElementChild;
			const link = make("a", name);
			link.href = "#stack";
			link.appendChild(shown);
			link.addEventListener("click", (e) => {
				e.preventDefault();
				view.setRoot(index);
				at("stack").scrollIntoView({ block: "nearest" });
				picture.focusOn(view.focus);
			});
		}
	}

	function valueOf(row, column) {
		const cell = row.cells[column];
		return column === 0 ? row.querySelector(".name").textContent
			: Number(cell.dataset.v);
	}

	function sort(table, column, down) {
		const body = table.tBodies[0];
		const order = (a, b) => {
			const x = valueOf(a, column), y = valueOf(b, column);
			return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
		};

		body.append(...Array.from(body.rows).sort(order));
		Array.from(table.tHead.rows[0].cells).forEach((head, i) => {
			head.removeAttribute("aria-sort");
			if (i === column)
				head.setAttribute("aria-sort",
					down ? "descending" : "ascending");
		});
	}

	function makeSortable(table) {
		const label = document.createElement("label");
		const choice = document.createElement("select");
		const heads = Array.from(table.tHead.rows[0].cells);

		label.className = "sort";
		label.append("Sort by ", choice);
		table.before(label);
		heads.forEach((head, i) => {
			const name = head.textContent;
			head.textContent = "";
			button(head, name, () => {
				const now = head.getAttribute("aria-sort");
				sort(table, i, now ? now === "ascending" : i > 0);
				choice.value = i;
			});
			make("option", choice, name).value = i;
			if (head.hasAttribute("aria-sort"))
				choice.value = i;
		});
		choice.addEventListener("change", () => {
			sort(table, Number(choice.value), Number(choice.value) > 0);
		});
	}

	// ---- keys, and the beginning ----

	addEventListener("keydown", (e) => {
		const typing = e.target.matches("input[type=search], select");

		if (e.key === "/" && !typing && !e.ctrlKey && !e.metaKey) {
			search.focus();
			e.preventDefault();
		} else if (e.key === "Escape") {
			reset();
		}
	});
	search.addEventListener("input", () => view.search(search.value));
	at("reset").addEventListener("click", reset);
	for (const radio of document.querySelectorAll("[name=kind]"))
		radio.addEventListener("change", () => show(radio.value));
	let width = room();
	addEventListener("resize", () => {
		if (room() !== width)
			changed();
		width = room();
	});
	for (const id of ["tools", "stack", "keys", "roots"])
		at(id).hidden = false;
	makeRoots();
	makeSortable(at("functions"));
	show("flame");
})();
