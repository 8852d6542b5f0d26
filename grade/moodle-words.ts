/**
 * How Moodle calls a person in a grading worksheet (mod/assign/gradingtable.php), in the teacher's language. In English,
 * German, French, Spanish, Russian, Ukrainian, Portuguese, Italian and Polish.
 */

/** Titles of columns, in small letters. */
export const personWords = {
  identifier: [
    'identifier',
    'id',
    'identifiant',
    'identificador',
    'идентификатор',
    'ідентифікатор',
    'identificativo',
    'identyfikator',
  ],
  name: [
    'full name',
    'vollständiger name',
    'nom complet',
    'nombre completo',
    'полное имя',
    'фамилия, имя',
    "повне ім'я",
    'повне ім’я',
    'nome completo',
    'nome',
    'imię i nazwisko',
  ],
  email: [
    'email address',
    'e-mail-adresse',
    'adresse de courriel',
    'dirección de correo',
    'dirección email',
    'адрес электронной почты',
    'електронна пошта',
    'endereço de email',
    'indirizzo email',
    'adres e-mail',
  ],
} as const;

/** `Participant 17`, `Teilnehmer/in17`, `Участник17`: the number alone is what Moodle reads. */
const participant =
  /^(?:\p{L}+ |(?:participante?|teilnehmer(?:\/in)?|участник|учасник|partecipante|uczestnik)\s*)(\d+)$/iu;

/** The number in a cell that names a participant; undefined for any other number: `CS-17`. */
export function participantNumber(cell: string): string | undefined {
  return participant.exec(cell.trim())?.[1];
}
