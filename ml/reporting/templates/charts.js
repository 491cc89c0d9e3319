(() => {
  const root = document.documentElement;
  const specs = JSON.parse(document.getElementById("charts").textContent);
  const tones = ["accent", "second", "third", "quiet", "fourth", "fifth", "sixth", "bad"];
  const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();

  const axis = (isNarrow) => ({
    labelColor: colour("muted"),
    titleColor: colour("muted"),
    gridColor: colour("line"),
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 400,
    titlePadding: 8,
    labelPadding: 6,
    labelLimit: isNarrow ? 118 : 190,
    labelOverlap: true,
    labelFlush: true,
  });

  const config = (isNarrow) => ({
    background: null,
    font: getComputedStyle(document.body).fontFamily,
    padding: { left: 1, right: 1, top: 2, bottom: 2 },
    view: { stroke: null },
    axis: axis(isNarrow),
    legend: {
      labelColor: colour("ink"),
      labelFontSize: 12,
      labelLimit: 260,
      title: null,
      orient: "top",
      direction: "horizontal",
      columns: isNarrow ? 2 : 5,
      symbolType: "circle",
      offset: 8,
    },
    range: { category: tones.map(colour) },
    bar: { color: colour("accent"), cornerRadius: 3 },
    text: { color: colour("ink"), fontSize: 12 },
    style: {
      ...Object.fromEntries(
        [...tones, "soft", "track", "muted", "ink"].map((name) => [name, { color: colour(name) }]),
      ),
      number: { fontWeight: 600 },
    },
  });

  const options = (isNarrow) => ({
    mode: "vega-lite",
    renderer: "svg",
    actions: false,
    ast: true,
    defaultStyle: false,
    config: config(isNarrow),
    tooltip: { theme: "page", disableDefaultStyle: true },
  });

  const show = async (name, spec, isNarrow) => {
    const place = document.getElementById(name);
    try {
      await vegaEmbed(place, spec, options(isNarrow));
    } catch (error) {
      place.textContent = "This chart could not be drawn; its numbers are in the table beneath it.";
      console.error(name, error);
    }
  };

  let latest = 0;
  const draw = async () => {
    const turn = ++latest;
    const isNarrow = window.innerWidth < 640;
    for (const [name, spec] of Object.entries(specs)) {
      if (turn !== latest) return;
      await show(name, spec, isNarrow);
    }
    root.dataset.charts = "drawn";
  };

  const markCurrent = () => {
    const links = new Map([...document.querySelectorAll(".rail a")].map((link) => [link.hash.slice(1), link]));
    const seen = new IntersectionObserver(
      (entries) => {
        for (const entry of entries.filter((each) => each.isIntersecting)) {
          for (const link of links.values()) link.removeAttribute("aria-current");
          links.get(entry.target.id).setAttribute("aria-current", "true");
        }
      },
      { rootMargin: "-15% 0px -75% 0px" },
    );
    for (const name of links.keys()) seen.observe(document.getElementById(name));
  };

  draw();
  markCurrent();
  for (const query of ["(prefers-color-scheme: dark)", "(max-width: 639px)"]) {
    window.matchMedia(query).addEventListener("change", draw);
  }
})();
