((js, wasm) => {
  const all = (selector) => document.querySelectorAll(selector);
  // Islands: nothing is loaded on a page without one.
  const wake = async (mod, node) => {
    for (const island of node.querySelectorAll("leptos-island")) {
      const start = mod[island.dataset.component];
      if (start) await start(island);
    }
  };
  if (js && document.querySelector("leptos-island")) {
    import(js).then(async (mod) => {
      await mod.default({ module_or_path: wasm });
      mod.hydrate();
      await wake(mod, document.body);
      document.documentElement.dataset.awake = "";
    });
  }
  // Forms: leaving one with unsaved input asks first, and a second click does not post twice.
  let unsaved = false;
  for (const form of all("form[data-guard]")) {
    unsaved ||= form.dataset.guard === "changed";
    form.addEventListener("input", () => (unsaved = true));
  }
  for (const form of all("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.posted) event.preventDefault();
      form.dataset.posted = "1";
      unsaved = false;
    });
  }
  addEventListener("beforeunload", (event) => unsaved && event.preventDefault());
  addEventListener("pageshow", () => all("form[data-posted]").forEach((form) => delete form.dataset.posted));
  // Copying.
  for (const button of all("button[data-copy]")) {
    const word = button.querySelector("span");
    const plain = word.textContent;
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
      word.textContent = button.dataset.done;
      setTimeout(() => (word.textContent = plain), 2000);
    });
  }
  // Going to a place by its name: chosen from the list, or typed in part.
  const place = document.getElementById("go-to");
  if (place) {
    const options = [...all("#places option")];
    const go = (option) => option && (location.href = option.dataset.href);
    const chosen = () => options.find((option) => option.value === place.value);
    place.parentElement.hidden = false;
    // Choosing from the list comes without the kind of input that typing has.
    place.addEventListener("input", (event) => {
      if (!event.inputType || event.inputType === "insertReplacementText") go(chosen());
    });
    place.addEventListener("keydown", (event) => {
      const typed = place.value.trim().toLowerCase();
      if (event.key === "Enter" && typed) go(chosen() ?? options.find((option) => option.value.toLowerCase().includes(typed)));
    });
  }
  // Menus close on Escape and on a click elsewhere.
  const close = (except) => all("details.menu[open]").forEach((menu) => menu !== except && (menu.open = false));
  addEventListener("click", (event) => close(event.target.closest?.("details.menu")));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.activeElement?.closest("details.menu");
      close();
      menu?.querySelector("summary").focus();
    }
    if (event.key === "k" && (event.ctrlKey || event.metaKey) && place) {
      event.preventDefault();
      place.select();
    }
  });
})
