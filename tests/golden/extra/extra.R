# R reference values of what golden.R does not cover: Rscript extra.R (writes extra.json).
# Needs survival; the Firth part needs coxphf 1.13.1 and is kept from the last run without it.
suppressMessages(library(survival)); source('../r/json17.R')
n7 <- function(x) unname(as.numeric(x))
o <- list(R = R.version.string, survival = as.character(packageVersion('survival')))
set.seed(11)

# weighted Kaplan-Meier and Cox (whole and fractional weights, robust, clusters), strata
n <- 120
d <- data.frame(time = sample(1:40, n, TRUE), status = rbinom(n, 1, .6), arm = rbinom(n, 1, .5), age = round(rnorm(n, 60, 9), 1),
  whole = sample(1:3, n, TRUE), part = round(runif(n, .2, 3), 3), id = sample(1:70, n, TRUE), site = sample(c('a', 'b', 'c'), n, TRUE))
o$data <- lapply(d, I)
kmw <- function(w) { f <- survfit(Surv(time, status) ~ 1, d, weights = w); s <- summary(f, times = c(1, 10, 20, 30)); q <- quantile(f, .5)
  list(surv = I(n7(s$surv)), std_err = I(n7(s$std.err)), lower = I(n7(s$lower)), upper = I(n7(s$upper)), median = I(n7(c(q$quantile, q$lower, q$upper)))) }
o$weighted_km <- list(whole = kmw(d$whole), part = kmw(d$part))
ctl <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
cx <- function(f) { s <- summary(f)
  list(coef = I(n7(coef(f))), var = I(n7(f$var)), naive = I(n7(if (is.null(f$naive.var)) f$var else f$naive.var)), loglik = I(n7(f$loglik)), score = n7(f$score), wald = n7(f$wald.test), concordance = I(n7(s$concordance))) }
o$weighted_cox <- list(whole = cx(coxph(Surv(time, status) ~ arm + age, d, control = ctl, weights = whole)), part = cx(coxph(Surv(time, status) ~ arm + age, d, control = ctl, weights = part)),
  robust = cx(coxph(Surv(time, status) ~ arm + age, d, control = ctl, weights = part, robust = TRUE)), cluster = cx(coxph(Surv(time, status) ~ arm + age, d, control = ctl, weights = part, cluster = id)),
  breslow_robust = cx(coxph(Surv(time, status) ~ arm + age, d, control = ctl, weights = part, robust = TRUE, ties = 'breslow')),
  strata_robust = cx(coxph(Surv(time, status) ~ arm + age + strata(site), d, control = ctl, weights = part, robust = TRUE)), exact = cx(coxph(Surv(time, status) ~ arm + age + strata(site), d, control = ctl, ties = 'exact')))
f <- coxph(Surv(time, status) ~ arm + age, d, control = ctl)
res <- function(f, tr) { z <- cox.zph(f, transform = tr, terms = FALSE); list(x = I(n7(z$x)), time = I(n7(z$time)), y = I(n7(z$y)), table = I(n7(z$table))) }
o$scaled_schoenfeld <- list(km = res(f, 'km'), log = res(f, 'log'), strata = res(coxph(Surv(time, status) ~ arm + age + strata(site), d, control = ctl), 'rank'))
o$score_residuals <- I(n7(residuals(f, type = 'score')))
o$zph_weighted <- I(n7(cox.zph(coxph(Surv(time, status) ~ arm + age, d, weights = part, control = ctl))$table))

# Mann-Whitney around the exact limit, Kolmogorov-Smirnov, one and two samples
mw <- function(x, y) { w <- suppressWarnings(wilcox.test(x, y)); list(x = I(x), y = I(y), W = n7(w$statistic), p = w$p.value, exact = grepl('exact', w$method)) }
o$mann_whitney <- list(mw(rnorm(49), rnorm(49) + .3), mw(rnorm(49), rnorm(50)), mw(rnorm(5), rnorm(60)), mw(sample(1:9, 30, TRUE), sample(1:9, 30, TRUE)), mw(rnorm(12), rnorm(3) + 4), mw(1:4, 5:8), mw(c(1, 4), c(2, 3)), mw(c(1, 1, 1), c(1, 1)), mw(1, 1))
ks2 <- function(x, y) { k <- suppressWarnings(ks.test(x, y)); list(x = I(x), y = I(y), D = n7(k$statistic), p = k$p.value) }
o$ks_two <- list(ks2(rnorm(30), rnorm(40) + .4), ks2(sample(1:6, 40, TRUE), sample(1:7, 35, TRUE)), ks2(round(rnorm(120), 3), round(rnorm(110), 3)), ks2(1:3, 4:9), ks2(rnorm(99), rnorm(101)))
ks1 <- function(x) { k <- suppressWarnings(ks.test(x, 'pnorm', mean(x), sd(x))); s <- shapiro.test(x); list(x = I(x), D = n7(k$statistic), p = k$p.value, W = n7(s$statistic), Wp = s$p.value) }
o$ks_one <- list(ks1(rnorm(99)), ks1(rnorm(100)), ks1(rexp(60)), ks1(sample(1:9, 67, TRUE)), ks1(rlnorm(20, 0, 2)), ks1(c(1, 2, 4, 5)), ks1(rt(500, 3)))

# Fisher r x c and odds ratios on random tables; chi-squared
ft <- function(m) { f <- fisher.test(m, workspace = 2e7); s <- suppressWarnings(chisq.test(m, correct = FALSE)); r <- list(table = lapply(seq_len(nrow(m)), function(i) I(m[i, ])), p = f$p.value, chisq = n7(s$statistic))
  if (all(dim(m) == 2)) r <- c(r, list(or = n7(f$estimate), lower = f$conf.int[1], upper = f$conf.int[2])); r }
tabs <- c(lapply(1:12, function(i) matrix(rpois(4, c(3, 8, 20, 60)[1 + i %% 4]), 2)), lapply(1:6, function(i) matrix(rpois(6, 9), 3)), lapply(1:4, function(i) matrix(rpois(10, c(14, 16)), 5, byrow = TRUE)),
  lapply(1:3, function(i) matrix(rpois(9, 8), 3)), list(matrix(rpois(12, 4), 3), matrix(rpois(16, 2), 4), matrix(c(3, 0, 0, 5), 2), matrix(c(0, 4, 7, 0, 1, 2), 3), matrix(rpois(8, 250), 4), matrix(rpois(6, 700), 3), matrix(rpois(14, 11), 7)))
o$fisher <- lapply(Filter(function(m) all(rowSums(m) > 0) && all(colSums(m) > 0), tabs), ft)

# Cochran-Mantel-Haenszel, p adjustment
cmh <- function(a, ...) { m <- mantelhaen.test(a, ...); list(dim = I(dim(a)), counts = I(n7(a)), stat = n7(m$statistic), df = n7(m$parameter), p = m$p.value, or = n7(m$estimate), ci = I(n7(m$conf.int))) }
o$cmh <- list(two = cmh(UCBAdmissions), plain = cmh(UCBAdmissions, correct = FALSE), rc = cmh(array(rpois(36, 9), c(3, 4, 3))), small = cmh(array(c(2, 5, 6, 3, 1, 4, 3, 7), c(2, 2, 2))))
p <- c(.01, .02, NA, .03, .04, .05, .5, .011, .9, .02)
o$p_adjust <- c(list(p = I(p)), lapply(setNames(nm = c('holm', 'hochberg', 'bonferroni', 'BH', 'BY', 'none')), function(m) I(p.adjust(p, m))))
o$quantiles <- lapply(1:9, function(t) { x <- c(3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5); list(type = t, x = I(x), q = I(n7(quantile(x, c(0, .1, 1/3, .5, .66, .9, 1), type = t)))) })

# Firth: coxphf on its own data and on two separated data sets, iterated to convergence
firth <- function(fml, d) { f <- coxphf(fml, d, epsilon = 1e-10, gconv = 1e-10, maxit = 2000, maxstep = .3); list(coef = I(n7(f$coefficients)), var = I(n7(f$var)), lower = I(n7(f$ci.lower)), upper = I(n7(f$ci.upper)), p = I(n7(f$prob)), lr = 2 * diff(f$loglik)) }
if (requireNamespace('coxphf', quietly = TRUE)) { library(coxphf); data(breast); b <- breast[, c('TIME', 'CENS', 'T', 'N', 'G', 'CD')]; s <- subset(d, select = c(time, status, arm, age)); s$level <- as.numeric(s$age > 75); s$status[s$level == 1] <- 0
  o$firth <- list(breast = c(list(data = lapply(b, I)), firth(Surv(TIME, CENS) ~ T + N + G + CD, b)), separated = c(list(data = lapply(s, I)), firth(Surv(time, status) ~ arm + age + level, s)))
} else o$firth <- jsonlite::fromJSON('extra.json', simplifyVector = TRUE)$firth
# the test of proportional hazards takes the unit of time as it comes
o$zph_identity <- I(n7(cox.zph(f, transform = 'identity')$table))

# Firth's profile where the penalised likelihood is a narrow ridge: its height from many starts
r <- data.frame(time = c(7, 8, 7, 3, 11, 7, 10, 5, 1, 11, 11, 9, 5, 7), status = c(0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0), x1 = c(1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1), x2 = c(1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 0),
  x3 = c(-.05, -.22, -1.69, 2.18, .63, -.15, -.77, -1.18, .39, .19, -1.03, .08, 1.42, -.73), x4 = c(-.8, .83, -1.57, 1.21, .21, .89, .47, 1.01, -.68, .99, -.29, -.2, -1.22, -.17))
pen <- function(b) { f <- suppressWarnings(coxph(Surv(time, status) ~ x1 + x2 + x3 + x4, r, init = b, ties = 'breslow', control = coxph.control(iter.max = 0))); dt <- try(coxph.detail(f)$imat, TRUE); m <- if (inherits(dt, 'try-error')) NULL else apply(dt, 1:2, sum); v <- if (is.null(m)) -Inf else f$loglik[1] + .5 * as.numeric(determinant(m)$modulus); if (is.finite(v)) -v else 1e10 }
climb <- function(fn, b) { for (i in 1:4) b <- optim(b, fn, control = list(reltol = 1e-13, maxit = 4000))$par; optim(b, fn, method = 'BFGS', control = list(reltol = 1e-15, maxit = 500))}
best <- climb(pen, rep(0, 4)); set.seed(3)
high <- function(v, at) { fn <- function(z) pen(append(z, v, at - 1)); min(sapply(c(list(best$par[-at], rep(0, 3)), lapply(1:3, function(i) rnorm(3, 0, 3))), function(s) climb(fn, s)$value)) }
fall <- qchisq(.95, 1) / 2; places <- c(-9.806, -9.807); slope <- sapply(places, function(v) high(v, 1) - best$value - fall)
o$firth_ridge <- list(data = lapply(r, I), coef = I(best$par), lower = places[1] - slope[1] * diff(places) / diff(slope))
wj(o, 'extra.json')
