# Constructed edge cases for golden.R: Rscript make_cases.R, then ../r/golden.R in this folder.
# Writes cases/NAME/{data.csv,meta.json}. All data are random numbers (seeds below).
library(jsonlite)
options(digits = 17)
put <- function(name, d, arms, covariates, times, tau, multivariable = character(), strata = NULL) {
  p <- file.path('cases', name); dir.create(p, recursive = TRUE, showWarnings = FALSE)
  d <- cbind(id = seq_len(nrow(d)), d)
  con <- file(file.path(p, 'data.csv'), 'w', encoding = 'UTF-8')
  write.csv(d, con, row.names = FALSE, na = '', quote = TRUE); close(con)
  m <- list(name = name, n = nrow(d), time_unit = 'days', arm_levels = I(arms), fixed_times = I(times), tau = tau,
    covariates = covariates, multivariable = I(multivariable), strata = strata, source = 'constructed, seeded', licence = 'none')
  writeLines(toJSON(m, auto_unbox = TRUE, null = 'null', digits = NA, pretty = TRUE), file.path(p, 'meta.json'), useBytes = TRUE)
}
num <- list(type = 'numeric'); fac <- function(...) list(type = 'categorical', levels = I(c(...)))

set.seed(1); n <- 300  # heavy ties, events at time 0, odd names, four arms
a <- c('none', 'A + B', 'PD-L1 (+)', '\u2265 2 "x"')
d <- data.frame(arm = sample(a, n, TRUE), time = pmin(rgeom(n, .15), 12), status = rbinom(n, 1, .6),
  `my var` = round(rnorm(n), 2), `2nd` = sample(c('x:y', "O'Neil", '\u00e9t\u00e9', 'a b'), n, TRUE), check.names = FALSE)
d$`my var`[sample(n, 20)] <- NA; d$`2nd`[sample(n, 10)] <- NA
put('heavy_ties', d, a, list(`my var` = num, `2nd` = fac('x:y', "O'Neil", '\u00e9t\u00e9', 'a b')), c(0, 1, 5, 12, 20), 10, c('arm', 'my var', '2nd'), '2nd')

set.seed(2); n <- 40  # nobody has the event
d <- data.frame(arm = rep(c('A', 'B'), 20), time = sample(1:100, n), status = 0, age = rnorm(n), sex = sample(c('f', 'm'), n, TRUE))
put('all_censored', d, c('A', 'B'), list(age = num, sex = fac('f', 'm')), c(0, 50), 60, c('arm', 'age', 'sex'), 'sex')

set.seed(3); n <- 60  # one of three arms without an event
d <- data.frame(arm = rep(c('A', 'B', 'C'), 20), time = sample(1:200, n, TRUE), status = rbinom(n, 1, .7), age = rnorm(n, 60, 9), sex = sample(c('f', 'm'), n, TRUE))
d$status[d$arm == 'B'] <- 0
put('arm_no_event', d, c('A', 'B', 'C'), list(age = num, sex = fac('f', 'm')), c(0, 50, 150), 150, c('arm', 'age', 'sex'), 'sex')

set.seed(4); n <- 80  # unused, single and constant levels, collinear columns
d <- data.frame(arm = sample(c('A', 'B'), n, TRUE), time = sample(0:60, n, TRUE), status = rbinom(n, 1, .6), flat = 7,
  one = c('b', rep('a', n - 1)), age = round(rnorm(n, 60, 9)), grade = sample(c('1', '2', '4'), n, TRUE))
d$twice <- 2 * d$age + 1; d$same <- ifelse(d$arm == 'A', 'p', 'q')
put('collinear', d, c('A', 'B'), list(flat = num, one = fac('a', 'b'), age = num, grade = fac('1', '2', '3', '4'), twice = num, same = fac('p', 'q')),
  c(0, 10, 30), 40, c('arm', 'one', 'age', 'grade', 'twice', 'same'), 'grade')

d <- data.frame(arm = c('A', 'B', 'A'), time = c(5, 3, 5), status = c(1, 1, 0), age = c(50, 60, 70))  # three patients
put('three_patients', d, c('A', 'B'), list(age = num), c(0, 4), 5, c('arm', 'age'))

set.seed(5); n <- 120  # times equal up to rounding; large values; strata with one patient
d <- data.frame(arm = sample(c('A', 'B'), n, TRUE), time = sample(1:15, n, TRUE) / 10 * 3 + sample(c(0, 1e-12), n, TRUE), status = rbinom(n, 1, .8),
  ldh = round(rlnorm(n, 12, 1)), site = c('solo', sample(letters[1:5], n - 1, TRUE)))
put('near_ties', d, c('A', 'B'), list(ldh = num, site = fac('a', 'b', 'c', 'd', 'e', 'solo')), c(0, .3, 1.5, 4.5), 4, c('arm', 'ldh', 'site'), 'site')

set.seed(6); n <- 900  # more than 700 patients, ten-level factor, wide scales, almost all censored
d <- data.frame(arm = sample(c('A', 'B'), n, TRUE), time = sample(1:2000, n, TRUE), status = rbinom(n, 1, .04),
  centre = sample(sprintf('c%02d', 1:10), n, TRUE), tiny = rnorm(n) * 1e-6, big = 1e6 + rnorm(n) * 100)
put('almost_all_censored', d, c('A', 'B'), list(centre = fac(sprintf('c%02d', 1:10)), tiny = num, big = num), c(0, 500, 1500), 1800, c('arm', 'centre', 'tiny', 'big'), 'centre')

set.seed(7); n <- 50  # arms that are never at risk together
d <- data.frame(arm = rep(c('A', 'B'), each = 25), time = c(sample(1:20, 25, TRUE), sample(30:60, 25, TRUE)), status = 1, age = rnorm(n))
put('arms_apart', d, c('A', 'B'), list(age = num), c(0, 20, 40), 50, c('arm', 'age'))

set.seed(8); n <- 30  # a declared arm that no patient has
d <- data.frame(arm = sample(c('A', 'B'), n, TRUE), time = sample(1:30, n, TRUE), status = rbinom(n, 1, .7), age = rnorm(n), sex = sample(c('f', 'm'), n, TRUE))
put('absent_arm', d, c('A', 'B', 'C'), list(age = num, sex = fac('f', 'm')), c(0, 10, 20), 25, c('arm', 'age', 'sex'), 'sex')

set.seed(9); n <- 80  # a column that is a sum of others, and covariates on very different scales
d <- data.frame(arm = sample(c('A', 'B'), n, TRUE), time = sample(1:200, n, TRUE), status = rbinom(n, 1, .6), age = round(rnorm(n, 60, 9)), sex = sample(c('f', 'm'), n, TRUE))
d$mix <- 3 * d$age + ifelse(d$sex == 'm', 5, 0)
put('sum_of_others', d, c('A', 'B'), list(mix = num, age = num, sex = fac('f', 'm')), c(0, 50, 150), 150, c('mix', 'arm', 'age', 'sex'), 'sex')
d$mix <- NULL; d$big <- 1e6 + rnorm(n) * 1e6; d$tiny <- rnorm(n) * 1e-6; d$offset <- 1e6 + rnorm(n)
put('units', d, c('A', 'B'), list(age = num, big = num, tiny = num, offset = num), c(0, 50, 150), 150, c('arm', 'age', 'big', 'tiny', 'offset'))

set.seed(10); n <- 60  # names that R reserves; the only event is the last time, when nobody else is at risk
d <- data.frame(arm = sample(c('A', 'B'), n, TRUE), time = sample(1:200, n, TRUE), status = rbinom(n, 1, .6), `if` = round(rnorm(n), 2), `T` = sample(c('TRUE', 'FALSE', 'NA'), n, TRUE), check.names = FALSE)
put('reserved_names', d, c('A', 'B'), list(`if` = num, `T` = fac('FALSE', 'TRUE', 'NA')), c(0, 50, 150), 150, c('arm', 'if', 'T'))
d <- data.frame(arm = d$arm, time = d$time, status = as.integer(seq_len(n) == which.max(d$time)), age = round(rnorm(n, 60, 9)), sex = sample(c('f', 'm'), n, TRUE))
put('last_alone', d, c('A', 'B'), list(age = num, sex = fac('f', 'm')), c(0, 50, 150), 150, c('arm', 'age', 'sex'), 'sex')

for (s in c(2, 7, 20, 41)) {  # few events in many levels: several coefficients run off together; a stratified effect of exactly 0
  set.seed(1000 + s); n <- sample(c(4, 6, 9, 15, 25, 60, 150), 1); k <- sample(2:3, 1); a <- letters[1:k]; l <- paste0('l', seq_len(sample(2:6, 1)))
  d <- data.frame(arm = sample(a, n, TRUE, runif(k, .1, 1)), time = sample(0:sample(c(2, 10, 100), 1), n, TRUE), status = rbinom(n, 1, runif(1)), x = round(rnorm(n), sample(0:3, 1)), g = sample(l, n, TRUE, runif(length(l), .05, 1)))
  if (runif(1) < .4) d$x[sample(n, n %/% 4)] <- NA; if (runif(1) < .4) d$g[sample(n, n %/% 5)] <- NA
  put(sprintf('few_events_%d', s), d, a, list(x = num, g = fac(l)), c(0, 2, 20), max(2, max(d$time) * .7), c('arm', 'x', 'g'), 'g')
}
