// The page's own icons: strokes on a 24-unit grid, in the text's colour, silent for screen readers.
import SvgIcon, { type SvgIconProps } from '@mui/material/SvgIcon';

function icon(...paths: string[]) {
  return function Icon(props: SvgIconProps) {
    return (
      <SvgIcon fontSize="small" {...props}>
        <g fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round">
          {paths.map((d) => (
            <path key={d} d={d} />
          ))}
        </g>
      </SvgIcon>
    );
  };
}

export const FailuresIcon = icon('M12 4 2.8 19.5h18.4z', 'M12 10v4.5M12 17v.1');
export const EventsIcon = icon('M3.5 13h4l2 3h5l2-3h4', 'M5.5 5h13l2 8v6h-17v-6z');
export const JobsIcon = icon('M4 6.5h16M4 12h16M4 17.5h10');
export const StartIcon = icon('M5 21V4', 'M5 5c5-3 8 3 14 0v9c-6 3-9-3-14 0');
export const KeyIcon = icon(
  'M14.5 14.5a5 5 0 1 0-5-5',
  'm9.7 10.7-6.2 6.2V20h3.2v-2.4h2.4v-2.4l2-2',
  'M15.5 8.5v.1',
);
export const MenuIcon = icon('M4 7h16M4 12h16M4 17h16');
export const SearchIcon = icon('M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13', 'm15.5 15.5 5 5');
export const DisplayIcon = icon(
  'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16',
  'M12 4v16',
  'M12 7.5a4.5 4.5 0 0 1 0 9',
);
export const PersonIcon = icon(
  'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8',
  'M4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5',
);
export const CopyIcon = icon('M9 9h11v11H9z', 'M5.5 15H4V4h11v1.5');
export const CheckIcon = icon('m5 12.5 4.5 4.5L19 7.5');
export const CloseIcon = icon('m6 6 12 12M18 6 6 18');
export const UpIcon = icon('m6 15 6-6 6 6');
export const DownIcon = icon('m6 9 6 6 6-6');
export const RightIcon = icon('m9 6 6 6-6 6');
export const BackIcon = icon('M20 12H5', 'm11 6-6 6 6 6');
export const LinkIcon = icon(
  'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.5 1.5',
  'M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.5-1.5',
);
export const DownloadIcon = icon('M12 4v11', 'm7 11 5 5 5-5', 'M4.5 20h15');
export const OpenIcon = icon('M14 4h6v6', 'm20 4-9 9', 'M18 14v6H4V6h6');
export const WrapIcon = icon('M4 6h16', 'M4 12h13a3 3 0 0 1 0 6h-4', 'm15.5 15.5-2.5 2.5 2.5 2.5', 'M4 18h4');
export const ClockIcon = icon('M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17', 'M12 7.5V12l3 2');
export const FoldIcon = icon('M4 12h16', 'm8 4 4 4 4-4', 'm8 20 4-4 4 4');
export const UnfoldIcon = icon('M4 12h16', 'm8 7 4-4 4 4', 'm8 17 4 4 4-4');
export const DiffIcon = icon('M12 4v9M7.5 8.5h9', 'M6 19h12');
export const RetryIcon = icon('M19.5 12a7.5 7.5 0 1 1-2.3-5.4', 'M20 3.5v4h-4');
export const FilterIcon = icon('M4 5h16l-6 7.5V19l-4 1.5v-8z');
export const PlusIcon = icon('M12 5v14M5 12h14');

/** The wheel of the favicon. */
export function WheelIcon(props: SvgIconProps) {
  return (
    <SvgIcon {...props}>
      <g fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round">
        <circle cx="12" cy="12" r="5.2" />
        <path d="M12 2.5v19M2.5 12h19M5.3 5.3l13.4 13.4M18.7 5.3 5.3 18.7" />
      </g>
      <circle cx="12" cy="12" r="2.1" fill="#e0a52e" />
    </SvgIcon>
  );
}
