// The classes of the emoji tasks: each puts together Unicode subgroups of one meaning, so that it has at least 24 concepts
// (16 shots, 3 for validation, 5 or more for the test). Concepts of the novel classes are in no pre-training picture.

/** Name of a class as a prompt reads it, and the Unicode subgroups that it takes. */
export interface EmojiClass {
  readonly name: string;
  readonly subgroups: readonly string[];
}

/** Classes whose concepts pre-training sees, in other drawing styles. */
export const BASE_CLASSES: readonly EmojiClass[] = [
  { name: "mammal", subgroups: ["animal-mammal"] },
  { name: "land vehicle or road", subgroups: ["transport-ground"] },
  { name: "sky and weather", subgroups: ["sky-weather"] },
  { name: "clothing", subgroups: ["clothing"] },
  { name: "prepared food", subgroups: ["food-prepared", "food-asian"] },
  { name: "letters and numbers in a square", subgroups: ["alphanum"] },
  { name: "geometric shape", subgroups: ["geometric"] },
  { name: "person at work", subgroups: ["person-role"] },
  { name: "clock and time", subgroups: ["time"] },
  { name: "worried or unhappy face", subgroups: ["face-concerned", "face-negative"] },
  { name: "happy face", subgroups: ["face-smiling", "face-affection", "face-tongue", "face-hat"] },
  { name: "building", subgroups: ["place-building", "place-religious"] },
  { name: "sport", subgroups: ["sport"] },
  { name: "tool", subgroups: ["tool"] },
  { name: "heart", subgroups: ["heart"] },
  { name: "household object", subgroups: ["household"] },
  { name: "media player button", subgroups: ["av-symbol"] },
  { name: "game", subgroups: ["game"] },
  { name: "office and writing", subgroups: ["office", "writing"] },
];

/** Classes that are left out of pre-training as a whole. */
export const NOVEL_CLASSES: readonly EmojiClass[] = [
  { name: "bird or insect", subgroups: ["animal-bird", "animal-bug"] },
  { name: "sea animal or reptile", subgroups: ["animal-marine", "animal-reptile", "animal-amphibian"] },
  { name: "fruit or vegetable", subgroups: ["food-fruit", "food-vegetable"] },
  { name: "drink and tableware", subgroups: ["drink", "dishware"] },
  { name: "plant or flower", subgroups: ["plant-flower", "plant-other"] },
  { name: "person in motion", subgroups: ["person-sport", "person-activity", "person-resting"] },
  {
    name: "hand or part of the body",
    subgroups: [
      "hand-fingers-open",
      "hand-fingers-partial",
      "hand-single-finger",
      "hand-fingers-closed",
      "hands",
      "hand-prop",
      "body-parts",
    ],
  },
  { name: "festival and prize", subgroups: ["event", "award-medal"] },
  { name: "electronic device", subgroups: ["computer", "phone", "light-video"] },
  { name: "music and sound", subgroups: ["sound", "music", "musical-instrument"] },
];
