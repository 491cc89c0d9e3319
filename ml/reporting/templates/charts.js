(() => {
  const root = document.documentElement;
  const specs = JSON.parse(document.getElementById("charts").textContent);
  const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();

  const axes = (isNarrow) => ({
    labelColor: colour("muted"),
    titleColor: colour("muted"),
    domainColor: colour("line"),
    tickColor: colour("line"),
    gridColor: colour("line"),
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 400,
    titlePadding: 10,
    labelPadding: 6,
    labelLimit: isNarrow ? 118 : 190,
    labelOverlap: true,
  });

  const config = (isNarrow) => ({
    background: null,
    font: getComputedStyle(document.body).fontFamily,
    padding: 2,
    view: { stroke: null },
    axis: axes(isNarrow),
    axisY: { domain: false, ticks: false },
    legend: {
      labelColor: colour("ink"),
      labelFontSize: 12,
      labelLimit: 260,
      title: null,
      orient: "top",
      direction: isNarrow ? "vertical" : "horizontal",
      symbolType: "square",
      offset: 6,
    },
    range: { category: ["accent", "second", "third", "quiet"].map(colour) },
    bar: { color: colour("accent"), cornerRadiusEnd: 2 },
    text: { color: colour("ink"), fontSize: 12 },
    style: Object.fromEntries(
      ["accent", "second", "third", "quiet", "soft", "muted", "ink", "line", "bad"].map((name) => [
        name,
        { color: colour(name) },
      ]),
    ),
  });

  const draw = async () => {
    const isNarrow = window.innerWidth < 640;
    for (const [name, spec] of Object.entries(specs)) {
      await vegaEmbed(`#${name}`, spec, {
        mode: "vega-lite",
        renderer: "svg",
        actions: false,
        ast: true,
        defaultStyle: false,
        config: config(isNarrow),
        tooltip: { theme: "page", disableDefaultStyle: true },
      });
    }
    root.dataset.charts = "drawn";
  };

  draw();
  for (const query of ["(prefers-color-scheme: dark)", "(max-width: 639px)"]) {
    window.matchMedia(query).addEventListener("change", draw);
  }
})();
