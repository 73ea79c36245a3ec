(printed) => { // On a screen, what is closed is opened first; in print, all of it must be seen as it is.
	if (!printed) {
		for (const e of document.querySelectorAll("details")) e.open = true;
	}
	const name = (e) => `<${e.tagName.toLowerCase()} class="${e.getAttribute("class") ?? ""}"> ${(e.textContent ?? "").trim().slice(0, 40)}`;
	const scrolls = (e) => {
		for (let p = e.parentElement; p; p = p.parentElement) {
			if (["auto", "scroll"].includes(getComputedStyle(p).overflowX)) return true;
		}
		return false;
	};
	const all = [...document.body.querySelectorAll("*")].filter((e) => !["STYLE", "COL", "COLGROUP"].includes(e.tagName) && !e.closest("title, .hidden"));
	const wide = all.filter((e) => {
		const r = e.getBoundingClientRect();
		return r.width > 0 && (r.right > innerWidth + 0.5 || r.left < -0.5) && !scrolls(e);
	});
	const cut = all.filter((e) => {
		const svg = e.closest("svg");
		if (svg && e !== svg) {
			const r = e.getBoundingClientRect(), s = svg.getBoundingClientRect();
			return r.right > s.right + 0.5 || r.bottom > s.bottom + 0.5 || r.left < s.left - 0.5 || r.top < s.top - 0.5;
		}
		return e.matches("td, th, dd, li, p, summary") && e.scrollWidth > e.clientWidth + 1;
	});
	const unseen = [...document.querySelectorAll("tbody tr, pre")].filter((e) => !e.checkVisibility({contentVisibilityAuto: true}) || e.getBoundingClientRect().height < 5);
	return {
		Inner: innerWidth, Scroll: document.documentElement.scrollWidth, Elements: all.length,
		Wide: wide.map(name), Cut: cut.map(name), Unseen: unseen.map(name), Background: getComputedStyle(document.body).backgroundColor,
	};
}
