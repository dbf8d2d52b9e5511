// Why there is no answer. A refusal that has a reason for each law is a sentence
// and a list; no text begins small.

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

// The reasons of a message that names several laws, after what it says of all.
export function reasonsOf(message: string): {head: string, reasons: string[]} {
  const parts = message.split(/(?:: |; )(?=the law [a-z]+ is not used: )/);
  return {head: parts[0] ?? '', reasons: parts.slice(1)};
}

export function Reasons({text, role}: {text: string, role?: 'status'}) {
  const {head, reasons} = reasonsOf(text);
  return (
    <div class="nothing" role={role}>
      <p>{capital(head)}{reasons.length > 0 && ':'}</p>
      {reasons.length > 0 && <ul class="reasons">{reasons.map(reason => <li key={reason}>{capital(reason)}</li>)}</ul>}
    </div>
  );
}
