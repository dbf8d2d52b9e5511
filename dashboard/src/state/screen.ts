import {signal} from '@preact/signals';

// A phone, as style/views.css has it too.
const phone = matchMedia('(max-width: 600px)');
export const narrow = signal(phone.matches);
phone.addEventListener('change', () => { narrow.value = phone.matches; });
