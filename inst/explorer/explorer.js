// The explorer's native sliders as inputs of shiny, the copy and play buttons, light or dark.
$(function () {
  const ranges = new Shiny.InputBinding();
  const show = (el) => { el.parentNode.querySelector("output").value = el.value; };
  // While height and width are not apart, the width follows.
  const follow = (el) => {
    const width = document.getElementById(el.id + "_width");
    if (width && !document.getElementById("apart").checked) {
      width.value = el.value;
      $(width).trigger("input");
    }
  };
  $.extend(ranges, {
    find: (scope) => $(scope).find("input.nnconv-range"),
    getValue: (el) => Number(el.value),
    subscribe: (el, changed) => $(el).on("input.nnconv", () => { show(el); follow(el); changed(true); }),
    unsubscribe: (el) => $(el).off(".nnconv"),
    getRatePolicy: () => ({ policy: "debounce", delay: 80 }),
    receiveMessage: (el, data) => {
      if (data.max) el.max = data.max;
      show(el);
    },
  });
  Shiny.inputBindings.register(ranges, "nnconv.range");

  const copy = document.getElementById("copy");
  copy.hidden = !navigator.clipboard;
  copy.addEventListener("click", () => {
    const text = document.getElementById("call").textContent;
    const done = () => {
      copy.textContent = "copied";
      setTimeout(() => { copy.textContent = "copy"; }, 1500);
    };
    navigator.clipboard.writeText(text).then(done);
  });

  const step = document.getElementById("step");
  const play = document.getElementById("play");
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = "play";
    play.setAttribute("aria-pressed", "false");
  };
  play.addEventListener("click", () => {
    if (timer) return stop();
    play.textContent = "stop";
    play.setAttribute("aria-pressed", "true");
    timer = setInterval(() => {
      step.value = step.value === step.max ? 1 : Number(step.value) + 1;
      $(step).trigger("input");
    }, 900);
  });

  $(document).on("shiny:connected", () => {
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const tell = () => Shiny.setInputValue("dark", dark.matches);
    dark.addEventListener("change", tell);
    tell();
  });
});
