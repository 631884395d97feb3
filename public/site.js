// Pages work without this file; with it they show how long ago things happened, and how a report comes along.

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** `3 days ago`, `in 2 minutes` */
function relative(at) {
  const seconds = (at - Date.now()) / 1_000;
  const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, length] of UNITS)
    if (Math.abs(seconds) >= length) return format.format(Math.round(seconds / length), unit);
  return seconds < 0 ? "just now" : "in a moment";
}

for (const time of document.querySelectorAll("time[data-relative]")) {
  time.title = time.textContent;
  time.textContent = relative(Date.parse(time.dateTime));
}

for (const image of document.querySelectorAll(".avatar img")) {
  const drop = () => image.remove();
  if (image.complete && image.naturalWidth === 0) drop();
  else image.addEventListener("error", drop);
}

for (const form of document.querySelectorAll("form[data-confirm]"))
  form.addEventListener("submit", (event) => {
    if (!window.confirm(form.dataset.confirm)) event.preventDefault();
  });

const stale = document.querySelector("form[data-auto]");
if (stale !== null) void refresh(stale).catch(() => undefined);

/** Has an old report made anew for whoever looks at it, once in ten minutes at most; the button stays for those who want it sooner. */
async function refresh(form) {
  const name = `refreshed ${form.action}`;
  if (Date.now() - Number(sessionStorage.getItem(name)) < 600_000) return;
  sessionStorage.setItem(name, String(Date.now()));
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
  if (answer.type === "opaqueredirect") window.location.reload();
}

const card = document.querySelector("[data-job]");
if (card !== null) watch(card);

/** Follows a job, and loads the page anew when it has ended. */
function watch(place) {
  const events = new EventSource(place.dataset.job);
  const part = (name) => place.querySelector(`[data-part="${name}"]`);
  const show = (status) => {
    const { percent } = status.progress ?? {};
    part("step").textContent = textOf(status);
    const bar = part("bar");
    if (percent === undefined) bar.removeAttribute("value");
    else bar.value = percent;
    const { expectedAt } = status;
    part("expected").textContent = expectedAt
      ? `Expected ${relative(Date.parse(expectedAt))}.`
      : "";
  };
  const reload = () => {
    events.close();
    window.location.reload();
  };
  events.addEventListener("status", ({ data }) => show(JSON.parse(data)));
  events.addEventListener("end", reload);
  events.addEventListener("gone", reload);
  // Refused, by a server with too many watchers or without its queues: a browser then never asks again by itself.
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(reload, 3_000 + Math.random() * 3_000);
  });
}

function textOf({ state, position, reason, nextRunAt, progress }) {
  if (state === "queued") return `Waiting: ${position} before it.`;
  if (state === "waiting") return "Waiting for a worker.";
  if (state === "delayed")
    return `${reason ?? "Waiting."}${nextRunAt ? ` Goes on ${relative(Date.parse(nextRunAt))}.` : ""}`;
  const { step, counts } = progress ?? {};
  return counts?.of === undefined
    ? (step ?? "Working.")
    : `${step}: ${counts.done} of ${counts.of}.`;
}
