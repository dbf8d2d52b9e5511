import {useLayoutEffect, useRef} from 'preact/hooks';
import {dark} from '../state/theme';
import {paletteOf} from './colors';
import {drawPanel} from './draw';
import {useFigure} from './figures';

// The isoFLOP curves of a campaign as a picture in a list: no axes, no words.
export function SmallFigure({campaign}: {campaign: string}) {
  const {figure} = useFigure({campaign, kind: 'isoflop', max_marks: 200});
  const host = useRef<HTMLDivElement>(null);
  const palette = paletteOf(dark.value);
  useLayoutEffect(() => {
    const panel = figure?.panels?.[0];
    if (!figure || !panel) return;
    const bare = {...panel, series: (panel.series ?? []).filter(series => series.role !== 'sampled')};
    host.current?.replaceChildren(drawPanel(figure, bare, {width: 180, height: 84, palette, small: true}).svg);
  }, [figure, palette]);
  return <div ref={host} class="small-figure" />;
}
