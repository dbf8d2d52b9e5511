// A sentence of the coordinator as a page has it: an exponent is raised, and a
// flag of the command line is not broken between two lines. Its text is the
// same.
const PART = /(\^[-+]?[\d.]*\d|\^a\b|--[a-z][a-z-]*)/;

export function Said({text}: {text: string}) {
  return (
    <>{text.split(PART).map((part, i) => {
      if (i % 2 === 0) return part;
      return part.startsWith('^') ? <sup key={i}><span class="hidden">^</span>{part.slice(1)}</sup> : <span key={i} class="one-line">{part}</span>;
    })}</>
  );
}
