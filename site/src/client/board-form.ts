// The controls above a board: they show the view and change it.
import { parseSizeText, parseYear, TUNED, type View } from "../lib/view-state.ts";
import type { BoardState } from "./board-state.ts";

const boxesOf = (form: HTMLFormElement, name: string): HTMLInputElement[] => [
  ...form.querySelectorAll<HTMLInputElement>(`input[name=${name}]`),
];

const ticked = (boxes: readonly HTMLInputElement[]): readonly string[] | null => {
  const values = boxes.filter(({ checked }) => checked).map(({ value }) => value);
  return values.length === boxes.length ? null : values;
};

export function boardForm(form: HTMLFormElement, state: BoardState): void {
  const kinds = boxesOf(form, "kind");
  const fidelities = boxesOf(form, "fidelity");
  const search = form.querySelector<HTMLInputElement>("input[name=q]");
  const field = (name: string) => form.querySelector<HTMLInputElement | HTMLSelectElement>(`[name=${name}]`);
  const [family, tuned, from, to, size] = ["family", "tuned", "from", "to", "size"].map(field);

  function show(view: View): void {
    for (const box of kinds) box.checked = view.kinds === null || view.kinds.includes(box.value);
    for (const box of fidelities)
      box.checked = view.fidelities === null || view.fidelities.includes(box.value);
    const set = (control: HTMLInputElement | HTMLSelectElement | null | undefined, value: string): void => {
      if (control !== null && control !== undefined && control.value !== value) control.value = value;
    };
    set(search, view.text);
    set(family, view.family ?? "");
    set(tuned, view.tuned ?? "");
    set(from, view.from === null ? "" : String(view.from));
    set(to, view.to === null ? "" : String(view.to));
    set(size, view.size ?? "");
  }

  form.addEventListener("change", (event) => {
    if (event.target === search) return;
    const { value } = size ?? { value: "" };
    size?.setAttribute("aria-invalid", String(value.trim() !== "" && parseSizeText(value) === null));
    state.go(
      {
        kinds: ticked(kinds),
        fidelities: ticked(fidelities),
        family: family?.value || null,
        tuned: TUNED.find((each) => each === tuned?.value) ?? null,
        from: parseYear(from?.value ?? null),
        to: parseYear(to?.value ?? null),
        size: parseSizeText(value),
      },
      true,
    );
  });
  let typing = false;
  search?.addEventListener("input", () => {
    state.go({ text: search.value }, !typing);
    typing = true;
  });
  search?.addEventListener("blur", () => {
    typing = false;
  });
  for (const button of form.querySelectorAll<HTMLButtonElement>("[data-tick]")) {
    button.addEventListener("click", () => {
      const all = button.dataset.tick === "all";
      for (const box of [...kinds, ...fidelities]) box.checked = all;
      state.go({ kinds: ticked(kinds), fidelities: ticked(fidelities) }, true);
    });
  }
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    state.reset();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  state.watch(show);
  form.hidden = false;
}
