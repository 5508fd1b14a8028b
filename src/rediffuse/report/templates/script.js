(() => {
  for (const figure of document.querySelectorAll("figure.scrubber")) {
    const slider = figure.querySelector("input");
    const output = figure.querySelector("output");
    const frames = figure.querySelectorAll(".frame img");
    const values = JSON.parse(output.dataset.values);
    const show = () => {
      const chosen = slider.valueAsNumber;
      frames.forEach((frame, index) => { frame.hidden = index !== chosen; });
      output.value = values[chosen];
      slider.setAttribute("aria-valuetext", values[chosen]);
    };
    slider.addEventListener("input", show);
    show();
    figure.querySelector(".slider").hidden = false;
  }
})();
(() => {
  const viewer = document.getElementById("viewer");
  if (!viewer || typeof viewer.showModal !== "function") return;
  const stage = viewer.querySelector(".stage");
  const caption = viewer.querySelector("p");
  let opener = null;

  // Enlarged pixels stay square only at whole multiples of a screen's pixel; lines need a least size to be read.
  function fit(image, kind) {
    const ratio = window.devicePixelRatio || 1;
    const room = Math.min((window.innerWidth - 32) / image.naturalWidth, (window.innerHeight - 110) / image.naturalHeight);
    const whole = Math.floor(room * ratio) / ratio;
    const scale = kind === "grid" && whole > 0 ? Math.min(whole, 3) : Math.max(Math.min(room, 1.5), 0.3);
    image.style.width = `${Math.round(image.naturalWidth * scale)}px`;
    image.classList.toggle("pixelated", kind === "grid" && whole > 0);
  }

  function show(button) {
    const source = button.querySelector("img:not([hidden])");
    const image = new Image();
    image.alt = source.alt;
    image.src = source.src;
    let natural = false;
    const resize = () => fit(image, button.dataset.kind);
    image.addEventListener("load", resize);
    image.addEventListener("click", () => {
      natural = !natural;
      if (natural) {
        image.style.width = `${image.naturalWidth}px`;
      } else {
        resize();
      }
    });
    stage.replaceChildren(image);
    caption.textContent = button.closest("figure").querySelector("figcaption").textContent;
    opener = button;
    viewer.showModal();
  }

  function step(by) {
    const all = [...document.querySelectorAll("button.enlarge")];
    show(all[(all.indexOf(opener) + by + all.length) % all.length]);
  }

  for (const button of document.querySelectorAll("button.enlarge")) {
    button.addEventListener("click", () => show(button));
  }
  viewer.addEventListener("click", (event) => {
    if (event.target === viewer || event.target === stage) viewer.close();
  });
  viewer.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") step(1);
    if (event.key === "ArrowLeft") step(-1);
  });
  viewer.addEventListener("close", () => {
    stage.replaceChildren();
    if (opener) opener.focus();
  });
})();
