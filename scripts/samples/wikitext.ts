// Makes the embedded stand-in of WikiText-2: invented articles in the form of its token files (spaces around every token,
// headings between equal signs, rare words as <unk>).
//   node --import tsx scripts/samples/wikitext.ts
import { writeFileSync } from "node:fs";
import { stream } from "#harness/random/stream.ts";

const PLACES = ["Alder Bay", "Brock Hill", "Carrow", "Dunmere", "Elmstead", "Farleigh", "Greyport", "Holme"];
const THINGS = ["bridge", "railway", "lighthouse", "mill", "harbour", "observatory", "canal", "theatre"];
const PEOPLE = ["engineer", "architect", "merchant", "bishop", "painter", "surveyor"];
const MATERIALS = ["granite", "oak", "brick", "iron", "sandstone", "slate"];
const EVENTS = ["flood", "fire", "storm", "strike", "visit of the queen", "long winter"];
const SECTIONS = ["History", "Design", "Later use", "Reception"];

/** Names of files beside the task, and their texts. */
export function wikitextSamples(): Readonly<Record<string, string>> {
  const random = stream(5, "samples", "wikitext");
  const one = (list: readonly string[]): string => list[random.integer(list.length)] ?? "";
  const year = () => String(1700 + random.integer(240));
  const sentences: readonly ((thing: string, place: string) => string)[] = [
    (thing, place) =>
      `The ${thing} of ${place} was built of ${one(MATERIALS)} between ${year()} and ${year()} .`,
    () =>
      `It was designed by the ${one(PEOPLE)} <unk> , who had worked on a ${one(THINGS)} in ${one(PLACES)} before .`,
    (thing) =>
      `After the ${one(EVENTS)} of ${year()} the ${thing} stood empty for ${2 + random.integer(30)} years .`,
    (thing, place) =>
      `People of ${place} called it " the old ${thing} " , a name that is still in use today .`,
    () => `A second part , made of ${one(MATERIALS)} and ${one(MATERIALS)} , was added in ${year()} .`,
    (thing) =>
      `The cost of the ${thing} , about ${1 + random.integer(90)} @,@ 000 pounds , was paid by a ${one(PEOPLE)} .`,
    (_, place) =>
      `Most visitors came from ${one(PLACES)} , some ${3 + random.integer(60)} miles to the north of ${place} .`,
    (thing) => `In ${year()} the ${thing} was sold , and the ${one(MATERIALS)} roof was taken down .`,
    () => `The <unk> survived the ${one(EVENTS)} with little damage .`,
  ];
  const article = (): string => {
    const [thing, place] = [one(THINGS), one(PLACES)];
    const paragraph = () =>
      ` ${Array.from({ length: 3 + random.integer(4) }, () => sentences[random.integer(sentences.length)]?.(thing, place) ?? "").join(" ")} \n`;
    const sections = SECTIONS.slice(0, 1 + random.integer(SECTIONS.length)).map(
      (name) => ` \n = = ${name} = = \n \n${paragraph()}${paragraph()}`,
    );
    return ` \n = ${place} ${thing} = \n \n${paragraph()}${sections.join("")}`;
  };
  const text = (characters: number): string => {
    let out = "";
    while (out.length < characters) out += article();
    return out;
  };
  return { "wikitext2.sample.train.txt": text(32_000), "wikitext2.sample.test.txt": text(6_000) };
}

if (process.argv[1] === import.meta.filename)
  for (const [name, content] of Object.entries(wikitextSamples()))
    writeFileSync(new URL(`../../tasks/lm/${name}`, import.meta.url), content);
