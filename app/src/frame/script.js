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
    // Both at once: a slow network is waited for one time and not two.
    Promise.all([import(js), fetch(wasm)]).then(async ([mod, module_or_path]) => {
      await mod.default({ module_or_path });
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
  // Of the whole document: forms come while the page is open, too.
  addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[method=post]:not([data-again])")) return;
    if (form.dataset.posted) event.preventDefault();
    form.dataset.posted = "1";
    unsaved = false;
  });
  addEventListener("beforeunload", (event) => unsaved && event.preventDefault());
  addEventListener("pageshow", () => all("form[data-posted]").forEach((form) => delete form.dataset.posted));
  // One box for all boxes of a form, whose buttons wait for the first one that is ticked.
  for (const box of all("input[data-all]")) {
    const form = document.getElementById(box.dataset.all);
    const rows = [...all(`input[name=id][form=${box.dataset.all}]`)];
    if (!form) continue;
    const show = () => {
      const ticked = rows.filter((row) => row.checked).length;
      box.checked = ticked === rows.length;
      box.indeterminate = ticked > 0 && !box.checked;
      const said = form.querySelector("output");
      const everything = form.querySelector("input[name=all]:checked");
      said.textContent = ticked && !everything ? said.dataset.words.replace("{n}", ticked) : "";
      for (const button of form.querySelectorAll("button")) button.disabled = !ticked && !everything;
    };
    box.hidden = false;
    box.addEventListener("change", () => rows.forEach((row) => (row.checked = box.checked)));
    addEventListener("change", show);
    addEventListener("pageshow", show);
  }
  // Where tabs have no room the one that is shown is scrolled to.
  for (const here of all(".tabs [aria-current]")) {
    const tabs = here.parentElement;
    tabs.scrollLeft = here.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - here.clientWidth) / 2;
  }
  // Likewise in a long list of clusters.
  for (const here of all(".rail .nested [aria-current]")) {
    const list = here.closest(".nested");
    list.scrollTop = here.offsetTop - (list.clientHeight - here.clientHeight) / 2;
  }
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
  // News: how many rows have come since. What is on the page stays where it is until somebody asks for them.
  const news = document.querySelector("a[data-news]");
  if (news) {
    setInterval(async () => {
      if (document.hidden) return;
      const answer = await fetch(news.dataset.news).catch(() => null);
      const text = answer?.ok && !answer.redirected ? await answer.text() : "";
      if (text) {
        news.textContent = text;
        news.hidden = false;
      }
    }, 5000);
  }
  // Going anywhere: the console looks for what is typed, and its list stands below the field.
  const place = document.getElementById("go-to");
  if (place) {
    const panel = place.form.querySelector(".go-to-found");
    let asked = 0;
    let at = 0;
    let timer;
    const rows = () => [...panel.querySelectorAll("[role=option]")];
    const show = (open) => {
      panel.hidden = !open;
      place.setAttribute("aria-expanded", open);
      if (!open) place.removeAttribute("aria-activedescendant");
    };
    const choose = (index) => {
      const list = rows();
      if (!list.length) return place.removeAttribute("aria-activedescendant");
      at = (index + list.length) % list.length;
      list.forEach((row, here) => row.setAttribute("aria-selected", here === at));
      place.setAttribute("aria-activedescendant", list[at].id);
      list[at].scrollIntoView({ block: "nearest" });
    };
    const look = async () => {
      const mine = ++asked;
      const wanted = place.value;
      const answer = await fetch(`/search?list=1&q=${encodeURIComponent(wanted)}`).catch(() => null);
      const html = answer?.ok && !answer.redirected ? await answer.text() : null;
      // An older answer than the newest question, or none: what stands there stays.
      if (mine !== asked || html === null || document.activeElement !== place) return;
      panel.innerHTML = html;
      panel.dataset.for = wanted;
      show(true);
      choose(0);
    };
    place.setAttribute("role", "combobox");
    place.setAttribute("aria-autocomplete", "list");
    place.setAttribute("aria-controls", "found");
    show(false);
    place.addEventListener("focus", look);
    place.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(look, 120);
    });
    const within = (node) => node === place || panel.contains(node);
    const left = ({ relatedTarget: next }) => {
      if (next && !within(next)) return show(false);
      // Some browsers give a clicked link no focus: the click comes first then.
      setTimeout(() => within(document.activeElement) || show(false), 150);
    };
    place.addEventListener("blur", left);
    panel.addEventListener("focusout", left);
    // A browser makes what scrolls a stop of Tab: the arrows lead through the list.
    panel.tabIndex = -1;
    place.addEventListener("keydown", async (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && !panel.hidden) {
        event.preventDefault();
        choose(at + step);
      } else if (event.key === "Escape") {
        show(false);
      } else if (event.key === "Enter" && !event.isComposing) {
        event.preventDefault();
        // Who types faster than the console answers means what was typed.
        clearTimeout(timer);
        if (panel.hidden || panel.dataset.for !== place.value) await look();
        const link = rows()[at];
        if (link && panel.dataset.for === place.value) link.click();
        else place.form.submit();
      }
    });
  }
  // Two keys one after the other lead to what carries them.
  let first = null;
  const typing = (target) => target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    const began = first && event.timeStamp - first.when < 2000 ? first.key : "";
    first = { key: event.key, when: event.timeStamp };
    if (event.key === "?") return document.getElementById("keys")?.togglePopover();
    if (event.key === "/") {
      const filter = document.querySelector("main input[type=search]") ?? place;
      if (filter) event.preventDefault();
      return filter?.select();
    }
    if (began && /^[a-z0-9]$/.test(event.key)) document.querySelector(`[data-keys="${began} ${event.key}"]`)?.click();
  });
  // What was read for this page: its age goes on, and after the seconds of one's choice it is read anew, unless that took away
  // the focus or a selection.
  const looks = () => document.getElementById("looks");
  const every = document.querySelector("select[name=every]");
  if (every && looks()) {
    every.closest("[hidden]").hidden = false;
    every.addEventListener("change", () => {
      const url = new URL(location);
      url.searchParams.set("every", every.value);
      history.replaceState(null, "", url);
    });
    let [read, asked] = [performance.now(), performance.now()];
    const named = (node) => node.getAttribute("href") ?? node.className;
    const anew = async () => {
      const answer = await fetch(location);
      if (!answer.ok || answer.redirected) return;
      const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("looks");
      const [old, chosen, held] = [looks(), getSelection(), document.activeElement];
      const same = [...next.querySelectorAll("a, [tabindex]")].find((node) => named(node) === named(held));
      if (old.contains(held) ? !same : !chosen.isCollapsed && old.contains(chosen.anchorNode)) return;
      const box = old.querySelector(".table-box");
      const [left, top] = [box?.scrollLeft, box?.scrollTop];
      const focus = old.contains(held);
      old.replaceWith(next);
      next.querySelector(".table-box")?.scrollTo(left, top);
      if (focus) same.focus({ preventScroll: true });
      read = performance.now();
    };
    setInterval(() => {
      const now = performance.now();
      for (const age of looks().querySelectorAll("[data-age]")) {
        const s = (+age.dataset.age + now - read) / 1000;
        age.textContent = age.dataset.ago.replace("{n}", s.toFixed(s < 10 ? 1 : 0));
      }
      if (document.hidden || !every.value || now - asked < every.value * 1000) return;
      asked = now;
      anew().catch(() => {});
    }, 1000);
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
      // A narrow window has no field in its bar.
      if (place.offsetParent) place.select();
      else location.href = "/search";
    }
  });
})
