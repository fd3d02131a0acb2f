// svg: a picture of its own: its tools, and what the pointer is at.
"use strict";

(function () {
	const root = document.documentElement;
	const svg = document.getElementById("picture");
	const details = document.getElementById("details");
	const top = Number(svg.getAttribute("y"));
	const data = JSON.parse(document.getElementById("data").textContent);
	const model = new memprof.Model(data);
	const view = new memprof.View(model, changed);
	const kind = svg.dataset.kind;
	const room = () => root.clientWidth || 1200;
	const picture = kind === "sunburst"
		? new memprof.Rings(svg, view, room, tell)
		: new memprof.Boxes(svg, view, room, tell, kind === "icicle");
	const html = (tag, parent) => parent.appendChild(
		document.createElementNS("http://www.w3.org/1999/xhtml", tag));

	function tell(call) {
		details.textContent = call
			? picture.fit(model.describe(call), room() - 16) : "";
	}

	function changed() {
		picture.draw();
		svg.setAttribute("x", (room() - svg.getAttribute("width")) / 2);
		root.setAttribute("height",
			top + Number(svg.getAttribute("height")));
		found.textContent = view.sought === "" ? ""
			: memprof.percent(view.found(), data.total[0]) + " found";
	}

	const holder = picture.make("foreignObject",
		{ x: 8, y: 81, width: "100%", height: 26 }, root);
	const tools = html("div", holder);
	tools.className = "tools";
	const search = html("input", tools);
	search.type = "search";
	search.placeholder = "Search ( / )";
	search.setAttribute("aria-label", "Search functions");
	search.addEventListener("input", () => view.search(search.value));
	const reset = html("button", tools);
	reset.type = "button";
	reset.textContent = "Reset";
	reset.addEventListener("click", all);
	const found = html("span", tools);
	found.setAttribute("role", "status");

	function all() {
		search.value = view.sought = "";
		view.reset();
	}

	addEventListener("keydown", (e) => {
		if (e.key === "/" && e.target !== search) {
			search.focus();
			e.preventDefault();
		} else if (e.key === "Escape") {
			all();
		}
	});
	addEventListener("resize", changed);
	changed();
})();
