import { addMonths, differenceInBusinessDays, eachWeekOfInterval, format, formatDistance, intervalToDuration, parseISO } from 'date-fns'
import { de } from 'date-fns/locale'

export function run() {
  const day: Date = parseISO('2024-02-29T12:00:00Z')
  return {
    months: addMonths(day, 12).toISOString(),
    business: differenceInBusinessDays(new Date(Date.UTC(2024, 2, 31)), day),
    weeks: eachWeekOfInterval({ start: day, end: addMonths(day, 1) }).length,
    format: format(new Date(2024, 1, 29, 13, 5), "EEEE, do MMMM yyyy 'at' HH:mm"),
    german: format(new Date(2024, 1, 29), 'PPPP', { locale: de }),
    distance: formatDistance(day, addMonths(day, 7), { addSuffix: true }),
    duration: intervalToDuration({ start: day, end: addMonths(day, 3) }),
  }
}
