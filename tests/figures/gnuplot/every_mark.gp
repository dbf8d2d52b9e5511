# Every mark and role
# 2 of 3 budgets bracket their best size; at 9e11 FLOPs it is 86.6k [73.6k, 104k].
# gnuplot THIS > figure.svg; for other formats replace the terminal, such as by
# set terminal pdfcairo size 16cm,10cm; set output 'figure.pdf'
set terminal svg noenhanced size 680,813 font 'sans-serif,12.29' linewidth 1.333 background '#ffffff'
set encoding utf8
set key off
set samples 2
set style textbox opaque noborder margins 0.4,0.3 fillcolor rgb '#ffffff'
set multiplot
set label 'Every mark and role' at screen 0.01084,0.98034 left font 'sans-serif Bold,13.52' textcolor rgb '#1b1f24'
set object rectangle from screen 0.01084,0.95236 to screen 0.04337,0.96446 fillcolor rgb '#57606a' fillstyle transparent solid 0.25 noborder
set label 'sizes tried' at screen 0.05060,0.95841 left textcolor rgb '#1b1f24'
set object rectangle from screen 0.17691,0.95236 to screen 0.20943,0.96446 fillcolor rgb '#1b1f24' fillstyle transparent solid 0.25 noborder
set label 'interval of the curve' at screen 0.21666,0.95841 left textcolor rgb '#1b1f24'
set arrow from screen 0.43657,0.95841 to screen 0.46910,0.95841 nohead lw 1.6 dashtype solid lc rgb '#1b1f24'
set label 'isoFLOP curve' at screen 0.47633,0.95841 left textcolor rgb '#1b1f24'
set label '' at screen 0.65576,0.95841 point pt 7 ps 0.5 lw 0.9 lc rgb '#1b1f24'
set label 'measured' at screen 0.67925,0.95841 left textcolor rgb '#1b1f24'
set label '' at screen 0.81153,0.95841 point pt 13 ps 0.95 lw 0.9 lc rgb '#1b1f24'
set label 'optimum' at screen 0.83502,0.95841 left textcolor rgb '#1b1f24'
set label '' at screen 0.02711,0.93572 point pt 12 ps 0.95 lw 0.9 lc rgb '#440154'
set label 'no optimum seen' at screen 0.05060,0.93572 left textcolor rgb '#1b1f24'
set label '' at screen 0.24955,0.93572 point pt 2 ps 0.65 lw 0.9 lc rgb '#cf222e'
set label 'diverged' at screen 0.27304,0.93572 left textcolor rgb '#1b1f24'
set label '' at screen 0.39501,0.93572 point pt 9 ps 0.85 lw 0.9 lc rgb '#7a3db8'
set label 'verification' at screen 0.41850,0.93572 left textcolor rgb '#1b1f24'
set arrow from screen 0.55168,0.93572 to screen 0.58421,0.93572 nohead lw 1.2 dashtype (8,5) lc rgb '#c2410c'
set label 'target' at screen 0.59143,0.93572 left textcolor rgb '#1b1f24'
set arrow from screen 0.67094,0.93572 to screen 0.70347,0.93572 nohead lw 0.8 dashtype solid lc rgb '#57606a'
set label 'noise of seeds' at screen 0.71070,0.93572 left textcolor rgb '#1b1f24'
set label '' at screen 0.02711,0.91303 point pt 13 ps 0.95 lw 0.9 lc rgb '#0b62b8'
set label 'exponent' at screen 0.05060,0.91303 left textcolor rgb '#1b1f24'
set object rectangle from screen 0.15631,0.90698 to screen 0.18883,0.91908 fillcolor rgb '#57606a' fillstyle transparent solid 0.25 noborder
set label 'published range' at screen 0.19606,0.91303 left textcolor rgb '#1b1f24'
set arrow from screen 0.37062,0.91303 to screen 0.40314,0.91303 nohead lw 1 dashtype solid lc rgb '#0b62b8'
set label 'spent' at screen 0.41037,0.91303 left textcolor rgb '#1b1f24'
set object rectangle from screen 0.48301,0.90698 to screen 0.51554,0.91908 fillcolor rgb '#57606a' fillstyle transparent solid 0.25 noborder
set label 'noise' at screen 0.52277,0.91303 left textcolor rgb '#1b1f24'
set object rectangle from screen 0.59541,0.90698 to screen 0.62793,0.91908 fillcolor rgb '#0b62b8' fillstyle transparent solid 0.25 noborder
set label 'measured shapes' at screen 0.63516,0.91303 left textcolor rgb '#1b1f24'
set object rectangle from screen 0.82418,0.90698 to screen 0.85670,0.91908 fillcolor rgb '#57606a' fillstyle transparent solid 0.25 noborder
set label 'not feasible' at screen 0.86393,0.91303 left textcolor rgb '#1b1f24'
set label '' at screen 0.02711,0.89035 point pt 5 ps 0.75 lw 0.9 lc rgb '#c2410c'
set label 'PREDICTED' at screen 0.05060,0.89035 left textcolor rgb '#1b1f24'
set label '' at screen 0.20238,0.89035 point pt 6 ps 0.65 lw 0.9 lc rgb '#0b62b8'
set label 'HELD_OUT' at screen 0.22588,0.89035 left textcolor rgb '#1b1f24'
set label '' at screen 0.36339,0.89035 point pt 7 ps 0.65 lw 0.9 lc rgb '#0b62b8'
set label 'FRONT' at screen 0.38688,0.89035 left textcolor rgb '#1b1f24'
set label '' at screen 0.48807,0.89035 point pt 7 ps 0.4 lw 0.9 lc rgb '#57606a'
set label 'DOMINATED' at screen 0.51156,0.89035 left textcolor rgb '#1b1f24'
set label '' at screen 0.66787,0.89035 point pt 4 ps 0.6 lw 0.9 lc rgb '#57606a'
set label 'REFERENCE' at screen 0.69136,0.89035 left textcolor rgb '#1b1f24'
set label '' at screen 0.84315,0.89035 point pt 13 ps 0.8 lw 0.9 lc rgb '#c2410c'
set label 'TARGET' at screen 0.86664,0.89035 left textcolor rgb '#1b1f24'
set arrow from screen 0.01084,0.86766 to screen 0.04337,0.86766 nohead lw 1.6 dashtype solid lc rgb '#0b62b8'
set label 'front' at screen 0.05060,0.86766 left textcolor rgb '#1b1f24'
set label 'budget, FLOPs:' at screen 0.01084,0.84497 left textcolor rgb '#1b1f24'
set object rectangle from screen 0.16408,0.83892 to screen 0.18034,0.85102 fillcolor rgb '#3cba75' fillstyle solid noborder
set label '1e11' at screen 0.18757,0.84497 left textcolor rgb '#1b1f24'
set object rectangle from screen 0.25334,0.83892 to screen 0.26961,0.85102 fillcolor rgb '#306a8e' fillstyle solid noborder
set label '3e11' at screen 0.27683,0.84497 left textcolor rgb '#1b1f24'
set object rectangle from screen 0.34261,0.83892 to screen 0.35887,0.85102 fillcolor rgb '#440154' fillstyle solid noborder
set label '9e11' at screen 0.36610,0.84497 left textcolor rgb '#1b1f24'
set label 'loss above the best, nats per token:' at screen 0.01084,0.82229 left textcolor rgb '#1b1f24'
set label '0' at screen 0.36267,0.82229 left textcolor rgb '#1b1f24'
set object rectangle from screen 0.38272,0.81624 to screen 0.39899,0.82834 fillcolor rgb '#450c5e' fillstyle solid noborder
set object rectangle from screen 0.39899,0.81624 to screen 0.41525,0.82834 fillcolor rgb '#482878' fillstyle solid noborder
set object rectangle from screen 0.41525,0.81624 to screen 0.43151,0.82834 fillcolor rgb '#414085' fillstyle solid noborder
set object rectangle from screen 0.43151,0.81624 to screen 0.44778,0.82834 fillcolor rgb '#38588b' fillstyle solid noborder
set object rectangle from screen 0.44778,0.81624 to screen 0.46404,0.82834 fillcolor rgb '#2f6e8e' fillstyle solid noborder
set object rectangle from screen 0.46404,0.81624 to screen 0.48030,0.82834 fillcolor rgb '#27818e' fillstyle solid noborder
set object rectangle from screen 0.48030,0.81624 to screen 0.49657,0.82834 fillcolor rgb '#209f88' fillstyle solid noborder
set object rectangle from screen 0.49657,0.81624 to screen 0.51283,0.82834 fillcolor rgb '#30b27c' fillstyle solid noborder
set object rectangle from screen 0.51283,0.81624 to screen 0.52909,0.82834 fillcolor rgb '#53c368' fillstyle solid noborder
set object rectangle from screen 0.52909,0.81624 to screen 0.54535,0.82834 fillcolor rgb '#80d24c' fillstyle solid noborder
set object rectangle from screen 0.54535,0.81624 to screen 0.56162,0.82834 fillcolor rgb '#b5de2b' fillstyle solid noborder
set object rectangle from screen 0.56162,0.81624 to screen 0.57788,0.82834 fillcolor rgb '#eae527' fillstyle solid noborder
set label '0.2' at screen 0.58511,0.82229 left textcolor rgb '#1b1f24'
set lmargin at screen 0.09830
set rmargin at screen 0.38571
set tmargin at screen 0.77616
set bmargin at screen 0.58852
set border 3 lw 0.8 lc rgb '#57606a'
set logscale x
set xrange [5999.9994:600000.06]
set logscale x
set xtics out nomirror scale 0.5,0.25 offset 0,0.4 textcolor rgb '#57606a' ('' 6000 1, '' 7000 1, '' 8000 1, '' 9000 1, '10k' 10000 0, '' 20000 1, '30k' 30000 0, '' 40000 1, '' 50000 1, '' 60000 1, '' 70000 1, '' 80000 1, '' 90000 1, '100k' 100000 0, '' 200000 1, '300k' 300000 0, '' 400000 1, '' 500000 1, '' 600000 1)
unset logscale y
set yrange [2.3:3.05]
set ytics out nomirror scale 0.5,0.25 offset 0.6,0 textcolor rgb '#57606a' ('2.4' 2.4 0, '2.6' 2.6 0, '2.8' 2.8 0, '3.0' 3 0)
set grid xtics ytics back lt 1 lw 0.6 dashtype solid lc rgb '#e4e7eb'
set label 'N, training FLOPs per token / 6' at screen 0.24200,0.55071 center textcolor rgb '#1b1f24'
set label 'validation loss, nats per token' at screen 0.04048,0.68234 center rotate by 90 textcolor rgb '#1b1f24'
set label 'curves' at screen 0.24200,0.78750 center font 'sans-serif Bold,12.29' textcolor rgb '#1b1f24'
set label 'trained to check the p…' at screen 0.18012,0.62320 left front font 'sans-serif,11.06' textcolor rgb '#1b1f24'
$p1_1 << EOD
204000 2.675 8000 400000 2.3 3.05
EOD
$p1_2 << EOD
5828.250451 2.755612601 2.807612601
7118.641176 2.729362601 2.773862601
8694.727966 2.706612601 2.744612601
10619.76472 2.687362601 2.719862601
12971.00992 2.671612601 2.699612601
15842.82729 2.659362601 2.683862601
19350.47295 2.650612601 2.672612601
23634.72103 2.645362601 2.665862601
28867.51346 2.643612601 2.663612601
35258.86056 2.645362601 2.665862601
43065.26954 2.650612601 2.672612601
52600.039 2.659362601 2.683862601
64245.83271 2.671612601 2.699612601
78470.03727 2.687362601 2.719862601
95843.51995 2.706612601 2.744612601
117063.5396 2.729362601 2.773862601
142981.7302 2.755612601 2.807612601
EOD
$p1_3 << EOD
5828.250451 2.781612601
7118.641176 2.751612601
8694.727966 2.725612601
10619.76472 2.703612601
12971.00992 2.685612601
15842.82729 2.671612601
19350.47295 2.661612601
23634.72103 2.655612601
28867.51346 2.653612601
35258.86056 2.655612601
43065.26954 2.661612601
52600.039 2.671612601
64245.83271 2.685612601
78470.03727 2.703612601
95843.51995 2.725612601
117063.5396 2.751612601
142981.7302 2.781612601
EOD
$p1_4 << EOD
8694.727966 2.722118525
8694.727966 2.738118525

12971.00992 2.680832039
12971.00992 2.696832039

19350.47295 2.655289094
19350.47295 2.671289094

28867.51346 2.645612601
28867.51346 2.661612601

43065.26954 2.651936108
43065.26954 2.667936108

64245.83271 2.674393164
64245.83271 2.690393164

95843.51995 2.713106678
95843.51995 2.729106678

142981.7302 2.768179131
142981.7302 2.784179131
EOD
$p1_5 << EOD
8694.727966 2.730118525
12971.00992 2.688832039
19350.47295 2.663289094
28867.51346 2.653612601
43065.26954 2.659936108
64245.83271 2.682393164
95843.51995 2.721106678
142981.7302 2.776179131
EOD
$p1_6 << EOD
24537.38644 2.653612601
34641.01615 2.653612601
EOD
$p1_7 << EOD
28867.51346 2.653612601
EOD
$p1_8 << EOD
10094.8259 2.59115196 2.64315196
12329.8482 2.56490196 2.60940196
15059.7106 2.54215196 2.58015196
18393.97206 2.52290196 2.55540196
22466.44821 2.50715196 2.53515196
27440.5818 2.49490196 2.51940196
33516.0023 2.48615196 2.50815196
40936.53765 2.48090196 2.50140196
50000 2.47915196 2.49915196
61070.13791 2.48090196 2.50140196
74591.23488 2.48615196 2.50815196
91105.94002 2.49490196 2.51940196
111277.0464 2.50715196 2.53515196
135914.0914 2.52290196 2.55540196
166005.8461 2.54215196 2.58015196
202759.9983 2.56490196 2.60940196
247651.6212 2.59115196 2.64315196
EOD
$p1_9 << EOD
10094.8259 2.61715196
12329.8482 2.58715196
15059.7106 2.56115196
18393.97206 2.53915196
22466.44821 2.52115196
27440.5818 2.50715196
33516.0023 2.49715196
40936.53765 2.49115196
50000 2.48915196
61070.13791 2.49115196
74591.23488 2.49715196
91105.94002 2.50715196
111277.0464 2.52115196
135914.0914 2.53915196
166005.8461 2.56115196
202759.9983 2.58715196
247651.6212 2.61715196
EOD
$p1_10 << EOD
10094.8259 2.614229282
10094.8259 2.630229282

15059.7106 2.558920344
15059.7106 2.574920344

22466.44821 2.519151901
22466.44821 2.535151901

33516.0023 2.494905505
33516.0023 2.510905505

50000 2.486200785
50000 2.502200785

74591.23488 2.493093879
74591.23488 2.509093879

111277.0464 2.515672962
111277.0464 2.531672962

166005.8461 2.554051223
166005.8461 2.570051223

247651.6212 2.608357849
247651.6212 2.624357849
EOD
$p1_11 << EOD
10094.8259 2.622229282
15059.7106 2.566920344
22466.44821 2.527151901
33516.0023 2.502905505
50000 2.494200785
74591.23488 2.501093879
111277.0464 2.523672962
166005.8461 2.562051223
247651.6212 2.616357849
EOD
$p1_12 << EOD
50000 2.48915196
42500 2.48915196
EOD
$p1_13 << EOD
50000 2.48915196 550000 0
EOD
$p1_14 << EOD
50000 2.48915196
EOD
$p1_15 << EOD
17484.75135 2.450137059 2.502137059
21355.92353 2.423887059 2.468387059
26084.1839 2.401137059 2.439137059
31859.29416 2.381887059 2.414387059
38913.02976 2.366137059 2.394137059
47528.48187 2.353887059 2.378387059
58051.41885 2.345137059 2.367137059
70904.1631 2.339887059 2.360387059
86602.54038 2.338137059 2.358137059
105776.5817 2.339887059 2.360387059
129195.8086 2.345137059 2.367137059
157800.117 2.353887059 2.378387059
192737.4981 2.366137059 2.394137059
235410.1118 2.381887059 2.414387059
287530.5599 2.401137059 2.439137059
351190.6189 2.423887059 2.468387059
428945.1905 2.450137059 2.502137059
EOD
$p1_16 << EOD
17484.75135 2.476137059
21355.92353 2.446137059
26084.1839 2.420137059
31859.29416 2.398137059
38913.02976 2.380137059
47528.48187 2.366137059
58051.41885 2.356137059
70904.1631 2.350137059
86602.54038 2.348137059
105776.5817 2.350137059
129195.8086 2.356137059
157800.117 2.366137059
192737.4981 2.380137059
235410.1118 2.398137059
287530.5599 2.420137059
351190.6189 2.446137059
428945.1905 2.476137059
EOD
$p1_17 << EOD
17484.75135 2.468190167
17484.75135 2.484190167

26084.1839 2.413864479
26084.1839 2.429864479

38913.02976 2.375401186
38913.02976 2.391401186

58051.41885 2.352677874
58051.41885 2.368677874

86602.54038 2.345592844
86602.54038 2.361592844

129195.8086 2.354073209
129195.8086 2.370073209

192737.4981 2.378080703
192737.4981 2.394080703

287530.5599 2.417614731
287530.5599 2.433614731

428945.1905 2.47271241
428945.1905 2.48871241
EOD
$p1_18 << EOD
17484.75135 2.476190167
26084.1839 2.421864479
38913.02976 2.383401186
58051.41885 2.360677874
86602.54038 2.353592844
129195.8086 2.362073209
192737.4981 2.386080703
287530.5599 2.425614731
428945.1905 2.48071241
EOD
$p1_19 << EOD
73612.15932 2.348137059
103923.0485 2.348137059
EOD
$p1_20 << EOD
86602.54038 2.348137059
EOD
$p1_21 << EOD
250000 2.45
EOD
$p1_22 << EOD
90000 2.9
EOD
$p1_23 << EOD
50000 3.05
EOD
$p1_24 << EOD
130000 2.36
EOD
$p1_25 << EOD
150000 2.3
150000 3.05
EOD
$p1_26 << EOD
6000 2.4
600000 2.4
EOD
plot $p1_1 using 1:2:3:4:5:6 with boxxyerror lc rgb '#57606a' fillstyle transparent solid 0.1 noborder, \
  $p1_2 using 1:2:3 with filledcurves lc rgb '#3cba75' fillstyle transparent solid 0.16 noborder, \
  $p1_3 using 1:2 with lines lw 1.6 dashtype solid lc rgb '#3cba75', \
  $p1_4 using 1:2 with lines lw 0.9 dashtype solid lc rgb '#3cba75', \
  $p1_5 using 1:2 with points pt 7 ps 0.5 lw 0.9 lc rgb '#3cba75', \
  $p1_6 using 1:2 with lines lw 0.9 dashtype solid lc rgb '#3cba75', \
  $p1_7 using 1:2 with points pt 13 ps 0.95 lw 0.9 lc rgb '#3cba75', \
  $p1_8 using 1:2:3 with filledcurves lc rgb '#306a8e' fillstyle transparent solid 0.16 noborder, \
  $p1_9 using 1:2 with lines lw 1.6 dashtype solid lc rgb '#306a8e', \
  $p1_10 using 1:2 with lines lw 0.9 dashtype solid lc rgb '#306a8e', \
  $p1_11 using 1:2 with points pt 7 ps 0.5 lw 0.9 lc rgb '#306a8e', \
  $p1_12 using 1:2 with lines lw 0.9 dashtype solid lc rgb '#306a8e', \
  $p1_13 using 1:2:3:4 with vectors head filled size screen 0.008,20 lw 0.9 lc rgb '#306a8e', \
  $p1_14 using 1:2 with points pt 13 ps 0.95 lw 0.9 lc rgb '#306a8e', \
  $p1_15 using 1:2:3 with filledcurves lc rgb '#440154' fillstyle transparent solid 0.16 noborder, \
  $p1_16 using 1:2 with lines lw 1.6 dashtype solid lc rgb '#440154', \
  $p1_17 using 1:2 with lines lw 0.9 dashtype solid lc rgb '#440154', \
  $p1_18 using 1:2 with points pt 7 ps 0.5 lw 0.9 lc rgb '#440154', \
  $p1_19 using 1:2 with lines lw 0.9 dashtype solid lc rgb '#440154', \
  $p1_20 using 1:2 with points pt 13 ps 0.95 lw 0.9 lc rgb '#440154', \
  $p1_21 using 1:2 with points pt 12 ps 0.95 lw 0.9 lc rgb '#440154', \
  $p1_22 using 1:2 with points pt 2 ps 0.65 lw 0.9 lc rgb '#cf222e', \
  $p1_23 using 1:2 with points pt 2 ps 0.7 lw 0.9 lc rgb '#cf222e', \
  $p1_24 using 1:2 with points pt 9 ps 0.85 lw 0.9 lc rgb '#7a3db8', \
  $p1_25 using 1:2 with lines lw 1.2 dashtype (8,5) lc rgb '#c2410c', \
  $p1_26 using 1:2 with lines lw 0.8 dashtype solid lc rgb '#57606a'
unset label
unset arrow
unset object
set lmargin at screen 0.67284
set rmargin at screen 0.96025
set tmargin at screen 0.77616
set bmargin at screen 0.58852
set border 3 lw 0.8 lc rgb '#57606a'
unset logscale x
set xrange [0.3:0.8]
set xtics out nomirror scale 0.5,0.25 offset 0,0.4 textcolor rgb '#57606a' ('0.3' 0.3 0, '0.4' 0.4 0, '0.5' 0.5 0, '0.6' 0.6 0, '0.7' 0.7 0, '0.8' 0.8 0)
unset logscale y
set yrange [2.5:-0.5]
set ytics out nomirror scale 0.5,0.25 offset 0.6,0 textcolor rgb '#57606a' ('approach 1' 0 0, 'approach 2, parabolas' 1 0, 'approach 3' 2 0)
set grid xtics ytics back lt 1 lw 0.6 dashtype solid lc rgb '#e4e7eb'
set label 'exponent a of N* = C^a' at screen 0.81654,0.55071 center textcolor rgb '#1b1f24'
set label 'methods' at screen 0.81654,0.78750 center font 'sans-serif Bold,12.29' textcolor rgb '#1b1f24'
$p2_1 << EOD
0.42 0
0.58 0

0.46 1
0.52 1
EOD
$p2_2 << EOD
0.46 1 -0.16 0
0.61 2 -0.31 0
0.61 2 0.19 0
EOD
$p2_3 << EOD
0.5 0
0.46 1
0.61 2
EOD
$p2_4 << EOD
0.5 1 0.45 0.55 -0.5 2.5
EOD
plot $p2_1 using 1:2 with lines lw 0.9 dashtype solid lc rgb '#0b62b8', \
  $p2_2 using 1:2:3:4 with vectors head filled size screen 0.008,20 lw 0.9 lc rgb '#0b62b8', \
  $p2_3 using 1:2 with points pt 13 ps 0.95 lw 0.9 lc rgb '#0b62b8', \
  $p2_4 using 1:2:3:4:5:6 with boxxyerror lc rgb '#57606a' fillstyle transparent solid 0.1 noborder
unset label
set lmargin at screen 0.09830
set rmargin at screen 0.38571
set tmargin at screen 0.50836
set bmargin at screen 0.32073
set border 3 lw 0.8 lc rgb '#57606a'
unset logscale x
set xrange [1790000000:1790005400]
set xtics out nomirror scale 0.5,0.25 offset 0,0.4 textcolor rgb '#57606a' ('14:30' 1790001000 0, '15:00' 1790002800 0, '15:30' 1790004600 0)
set logscale y
set yrange [999999900:1.0000001e+13]
set logscale y
set ytics out nomirror scale 0.5,0.25 offset 0.6,0 textcolor rgb '#57606a' ('10⁹' 1e+09 0, '' 2e+09 1, '' 3e+09 1, '' 4e+09 1, '' 5e+09 1, '' 6e+09 1, '' 7e+09 1, '' 8e+09 1, '' 9e+09 1, '10¹⁰' 1e+10 0, '' 2e+10 1, '' 3e+10 1, '' 4e+10 1, '' 5e+10 1, '' 6e+10 1, '' 7e+10 1, '' 8e+10 1, '' 9e+10 1, '10¹¹' 1e+11 0, '' 2e+11 1, '' 3e+11 1, '' 4e+11 1, '' 5e+11 1, '' 6e+11 1, '' 7e+11 1, '' 8e+11 1, '' 9e+11 1, '10¹²' 1e+12 0, '' 2e+12 1, '' 3e+12 1, '' 4e+12 1, '' 5e+12 1, '' 6e+12 1, '' 7e+12 1, '' 8e+12 1, '' 9e+12 1, '10¹³' 1e+13 0)
set grid xtics ytics back lt 1 lw 0.6 dashtype solid lc rgb '#e4e7eb'
set label 'time, 2026-09-21 (UTC)' at screen 0.24200,0.28292 center textcolor rgb '#1b1f24'
set label 'FLOPs' at screen 0.02530,0.41455 center rotate by 90 textcolor rgb '#1b1f24'
set label 'progress' at screen 0.24200,0.51971 center font 'sans-serif Bold,12.29' textcolor rgb '#1b1f24'
$p3_1 << EOD
1790000000 1000000000
1790000270 1500000000
1790000540 2250000000
1790000810 3375000000
1790001080 5062500000
1790001350 7593750000
1790001620 11390625000
1790001890 17085937500
1790002160 25628906250

1790002700 57665039062.5
1790002970 86497558593.75
1790003240 129746337890.625
1790003510 194619506835.938
1790003780 291929260253.906
1790004050 437893890380.859
1790004320 656840835571.289
1790004590 985261253356.934
1790004860 1477891880035.4
1790005130 2216837820053.1
1790005400 3325256730079.65
EOD
$p3_2 << EOD
1790002700 55000000000 1790000000 1790005400 10000000000 100000000000
EOD
plot $p3_1 using 1:2 with lines lw 1 dashtype solid lc rgb '#0b62b8', \
  $p3_2 using 1:2:3:4:5:6 with boxxyerror lc rgb '#57606a' fillstyle transparent solid 0.14 noborder
unset label
set lmargin at screen 0.67284
set rmargin at screen 0.96025
set tmargin at screen 0.50836
set bmargin at screen 0.32073
set border 3 lw 0.8 lc rgb '#57606a'
set logscale x
set xrange [23.9999976:400.00004]
set logscale x
set xtics out nomirror scale 0.5,0.25 offset 0,0.4 textcolor rgb '#57606a' ('' 30 1, '' 40 1, '50' 50 0, '' 60 1, '' 70 1, '' 80 1, '' 90 1, '100' 100 0, '200' 200 0, '' 300 1, '' 400 1)
set logscale y
set yrange [0.79999992:12.0000012]
set logscale y
set ytics out nomirror scale 0.5,0.25 offset 0.6,0 textcolor rgb '#57606a' ('' 0.8 1, '' 0.9 1, '1' 1 0, '2' 2 0, '' 3 1, '' 4 1, '5' 5 0, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '10' 10 0)
set grid xtics ytics back lt 1 lw 0.6 dashtype solid lc rgb '#e4e7eb'
set label 'width' at screen 0.81654,0.28292 center textcolor rgb '#1b1f24'
set label 'depth' at screen 0.62188,0.41455 center rotate by 90 textcolor rgb '#1b1f24'
set label 'depth and width' at screen 0.81654,0.51971 center font 'sans-serif Bold,12.29' textcolor rgb '#1b1f24'
set label '0.00' at screen 0.71058,0.36020 left front font 'sans-serif,11.06' textcolor rgb '#ffffff'
set label '0.01' at screen 0.71058,0.40823 left front font 'sans-serif,11.06' textcolor rgb '#ffffff'
set label '0.02' at screen 0.71058,0.45626 left front font 'sans-serif,11.06' textcolor rgb '#ffffff'
set label '0.08' at screen 0.82388,0.36020 left front font 'sans-serif,11.06' textcolor rgb '#ffffff'
set label '0.09' at screen 0.82388,0.40823 left front font 'sans-serif,11.06' textcolor rgb '#ffffff'
set label '0.010' at screen 0.81837,0.45626 left front font 'sans-serif,11.06' textcolor rgb '#ffffff'
$p4_1 << EOD
43.85761803 1.5 32 55.71523605 1 2 4525150
43.85761803 3 32 55.71523605 2 4 4659819
43.85761803 6 32 55.71523605 4 8 4728952
76.36054815 1.5 55.71523605 97.00586026 1 2 4728952
76.36054815 3 55.71523605 97.00586026 2 4 4469886
76.36054815 6 55.71523605 97.00586026 4 8 4017290
132.9514364 1.5 97.00586026 168.8970126 1 2 2848654
132.9514364 3 97.00586026 168.8970126 2 4 2589070
132.9514364 6 97.00586026 168.8970126 4 8 2200971
231.4818957 1.5 168.8970126 294.0667789 1 2 11918891
231.4818957 3 168.8970126 294.0667789 2 4 13623593
231.4818957 6 168.8970126 294.0667789 4 8 15394087
EOD
$p4_2 << EOD
350 6 300 400 4 8
EOD
$p4_3 << EOD
300 4
400 8
EOD
plot $p4_1 using 1:2:3:4:5:6:7 with boxxyerror lc rgb variable fillstyle solid noborder, \
  $p4_2 using 1:2:3:4:5:6 with boxxyerror lc rgb '#57606a' fillstyle transparent solid 0.12 noborder, \
  $p4_3 using 1:2 with lines lw 0.6 lc rgb '#57606a'
unset label
set lmargin at screen 0.09830
set rmargin at screen 0.38571
set tmargin at screen 0.24057
set bmargin at screen 0.05294
set border 3 lw 0.8 lc rgb '#57606a'
set logscale x
set xrange [9.999999e-05:0.010000001]
set logscale x
set xtics out nomirror scale 0.5,0.25 offset 0,0.4 textcolor rgb '#57606a' ('0.0001' 0.0001 0, '' 0.0002 1, '' 0.0003 1, '' 0.0004 1, '' 0.0005 1, '' 0.0006 1, '' 0.0007 1, '' 0.0008 1, '' 0.0009 1, '0.001' 0.001 0, '' 0.002 1, '' 0.003 1, '' 0.004 1, '' 0.005 1, '' 0.006 1, '' 0.007 1, '' 0.008 1, '' 0.009 1, '0.01' 0.01 0)
unset logscale y
set yrange [0:0.5]
set ytics out nomirror scale 0.5,0.25 offset 0.6,0 textcolor rgb '#57606a' ('0' -0 0, '0.1' 0.1 0, '0.2' 0.2 0, '0.3' 0.3 0, '0.4' 0.4 0, '0.5' 0.5 0)
set grid xtics ytics back lt 1 lw 0.6 dashtype solid lc rgb '#e4e7eb'
set label 'seconds for one token' at screen 0.24200,0.01512 center textcolor rgb '#1b1f24'
set label 'loss above the best' at screen 0.04048,0.14675 center rotate by 90 textcolor rgb '#1b1f24'
set label 'other roles' at screen 0.24200,0.25191 center font 'sans-serif Bold,12.29' textcolor rgb '#1b1f24'
set label 'a label of PREDICTED' at screen 0.15421,0.22181 left front font 'sans-serif,11.06' textcolor rgb '#1b1f24'
set label 'a label of HELD_OUT' at screen 0.19089,0.19554 left front font 'sans-serif,11.06' textcolor rgb '#1b1f24'
set label 'a label of FRONT' at screen 0.22758,0.16927 left front font 'sans-serif,11.06' textcolor rgb '#1b1f24'
set label 'a label of DOMINATED' at screen 0.14427,0.12334 left front font 'sans-serif,11.06' textcolor rgb '#1b1f24'
set label 'a label of REFERENCE' at screen 0.18322,0.09707 left front font 'sans-serif,11.06' textcolor rgb '#1b1f24'
set label 'a label of TARGET' at screen 0.14644,0.07383 left front font 'sans-serif,11.06' textcolor rgb '#1b1f24'
$p5_1 << EOD
0.0002 0.45
EOD
$p5_2 << EOD
0.00036 0.38
EOD
$p5_3 << EOD
0.000648 0.31
EOD
$p5_4 << EOD
0.0011664 0.24
EOD
$p5_5 << EOD
0.00209952 0.17
EOD
$p5_6 << EOD
0.003779136 0.1
EOD
$p5_7 << EOD
0.0002 0.3
0.001 0.1
0.008 0.02
EOD
plot $p5_1 using 1:2 with points pt 5 ps 0.75 lw 0.9 lc rgb '#c2410c', \
  $p5_2 using 1:2 with points pt 6 ps 0.65 lw 0.9 lc rgb '#0b62b8', \
  $p5_3 using 1:2 with points pt 7 ps 0.65 lw 0.9 lc rgb '#0b62b8', \
  $p5_4 using 1:2 with points pt 7 ps 0.4 lw 0.9 lc rgb '#57606a', \
  $p5_5 using 1:2 with points pt 4 ps 0.6 lw 0.9 lc rgb '#57606a', \
  $p5_6 using 1:2 with points pt 13 ps 0.8 lw 0.9 lc rgb '#c2410c', \
  $p5_7 using 1:2 with lines lw 1.6 dashtype solid lc rgb '#0b62b8'
unset label
unset multiplot
