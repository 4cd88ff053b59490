import dayjs from 'dayjs'
import duration from 'dayjs/plugin/duration.js'
import utc from 'dayjs/plugin/utc.js'
import 'dayjs/locale/fr.js'

dayjs.extend(utc)
dayjs.extend(duration)

export function run() {
  const d = dayjs.utc('2024-02-29T23:59:58Z')
  return {
    format: d.format('YYYY-MM-DD HH:mm:ss dddd'),
    french: d.locale('fr').format('dddd D MMMM'),
    added: d.add(1, 'year').endOf('month').toISOString(),
    diff: d.diff('2023-01-01', 'day'),
    duration: dayjs.duration({ hours: 27, minutes: 5 }).format('D[d] H[h] m[m]'),
  }
}
