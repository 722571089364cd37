/** Words for a made-up mental-health practice. Names are invented; mail goes to example.com. */
export const FIRST_NAMES = [
  "Amara",
  "Ben",
  "Chloé",
  "Darius",
  "Élise",
  "Farah",
  "Gabriel",
  "Hana",
  "Isaac",
  "Jasleen",
  "Kofi",
  "Léa",
  "Mateo",
  "Nadia",
  "Owen",
  "Priya",
  "Quentin",
  "Rosa",
  "Samir",
  "Tara",
  "Uma",
  "Viktor",
  "Wren",
  "Xavier",
  "Yuki",
  "Zoé",
] as const;

export const LAST_NAMES = [
  "Adeyemi",
  "Bouchard",
  "Côté",
  "Dhillon",
  "Evans",
  "Fortin",
  "Gagnon",
  "Hussain",
  "Ibrahim",
  "Jónsson",
  "Kowalski",
  "Lavoie",
  "MacLeod",
  "Nguyen",
  "O'Brien",
  "Pelletier",
  "Qureshi",
  "Roy",
  "Singh",
  "Tremblay",
  "Umarova",
  "Varga",
  "Whitefeather",
  "Xu",
  "Young",
  "Zimmermann",
] as const;

export const CITIES = [
  ["Toronto", "ON", "M5V 2T6"],
  ["Ottawa", "ON", "K1P 1J1"],
  ["Montréal", "QC", "H2Y 1C6"],
  ["Halifax", "NS", "B3J 1S9"],
  ["Winnipeg", "MB", "R3C 4A5"],
] as const;

/** What is billed, with its price in cents. */
export const SESSIONS = [
  { description: "Individual counselling session (50 min)", amount: 16_500 },
  { description: "Individual counselling session (80 min)", amount: 24_500 },
  { description: "Couples session (80 min)", amount: 26_000 },
  { description: "Intake assessment", amount: 19_500 },
  { description: "Group session: mindfulness", amount: 6_500 },
  { description: "Student rate session (50 min)", amount: 11_000 },
  { description: "Late cancellation fee", amount: 8_250 },
] as const;

export const CLINICIANS = ["A. Marchand", "R. Osei", "S. Kaur", "T. Beaulieu"] as const;
