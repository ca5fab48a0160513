# R reference values of weighting, model checks and pooling: Rscript confounding.R (writes
# confounding.json). Needs survival and car; E-values and Rubin's rules are written out, since
# EValue and mice add nothing to the formulas.
suppressMessages({library(survival); library(car)}); source('../r/json17.R')
n7 <- function(x) unname(as.numeric(x))
set.seed(20)
n <- 180
d <- data.frame(age = round(rnorm(n, 62, 8), 1), sex = sample(c('male', 'female'), n, TRUE, c(.7, .3)),
  stage = sample(c('I', 'II', 'III'), n, TRUE, c(.5, .3, .2)))
d$arm <- ifelse(rbinom(n, 1, plogis(-.3 - .05 * (d$age - 62) + .7 * (d$sex == 'male') + .6 * (d$stage == 'III'))) == 1, 'new', 'old')
d$time <- ceiling(rexp(n, .004 * exp(-.4 * (d$arm == 'new') + .02 * (d$age - 62) + .4 * (d$stage == 'III'))) + 1)
d$event <- as.integer(runif(n) < .8)
o <- list(R = R.version.string, survival = as.character(packageVersion('survival')), data = lapply(d, I))
d$sex <- factor(d$sex, c('male', 'female')); d$stage <- factor(d$stage, c('I', 'II', 'III')); d$treated <- as.integer(d$arm == 'new')

g <- glm(treated ~ age + sex + stage, binomial, d, control = glm.control(epsilon = 1e-14, maxit = 100))
e <- fitted(g); s <- summary(g)$coefficients
o$glm <- list(coef = I(n7(s[-1, 1])), se = I(n7(s[-1, 2])), p = I(n7(s[-1, 4])), intercept = n7(s[1, 1]), deviance = g$deviance, fitted = I(n7(e)))
w <- list(iptw = ifelse(d$treated == 1, mean(d$treated) / e, mean(1 - d$treated) / (1 - e)), overlap = ifelse(d$treated == 1, 1 - e, e))
ctl <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
x <- cbind(age = d$age, female = d$sex == 'female', I = d$stage == 'I', II = d$stage == 'II', III = d$stage == 'III')
sd0 <- sapply(colnames(x), function(v) { a <- x[d$treated == 1, v]; b <- x[d$treated == 0, v]
  sqrt(if (v == 'age') (var(a) + var(b)) / 2 else (mean(a) * (1 - mean(a)) + mean(b) * (1 - mean(b))) / 2) })
smd <- function(w) n7(sapply(colnames(x), function(v) (weighted.mean(x[d$treated == 1, v], w[d$treated == 1]) - weighted.mean(x[d$treated == 0, v], w[d$treated == 0])) / sd0[v]))
evalue <- function(hr) { rr <- (1 - .5^sqrt(hr)) / (1 - .5^sqrt(1 / hr)); rr <- max(rr, 1 / rr); rr + sqrt(rr * (rr - 1)) }
o$unweighted <- list(smd = I(smd(rep(1, n))))
for (k in names(w)) { f <- coxph(Surv(time, event) ~ treated, d, weights = w[[k]], robust = TRUE, control = ctl); u <- summary(f)
  km <- lapply(c(new = 1, old = 0), function(a) { i <- d$treated == a; f <- survfit(Surv(time, event) ~ 1, d[i, ], weights = w[[k]][i]); t <- summary(f, times = c(60, 150), extend = TRUE)
    list(median = I(n7(quantile(f, .5)$quantile)), low = I(n7(quantile(f, .5)$lower)), high = I(n7(quantile(f, .5)$upper)), surv = I(n7(t$surv)), lower = I(n7(t$lower)), upper = I(n7(t$upper)), ess = sum(w[[k]][i])^2 / sum(w[[k]][i]^2)) })
  o[[k]] <- list(coef = n7(coef(f)), se = n7(sqrt(f$var)), p = n7(u$coefficients[, 'Pr(>|z|)']), ci = I(n7(u$conf.int[, 3:4])), evalue = evalue(exp(n7(coef(f)))), smd = I(smd(w[[k]])), km = km) }
o$evalues <- list(hr = I(c(.2, .5, .8, 1, 1.3, 2, 6)), evalue = I(sapply(c(.2, .5, .8, 1, 1.3, 2, 6), evalue)))

# collinearity: GVIF of Fox and Monette, condition number of the standardised matrix
d$weight <- round(d$age * .8 + rnorm(n, 0, 3), 1)
l <- lm(rnorm(n) ~ age + weight + sex + stage, d); v <- vif(l)
o$vif <- list(weight = I(d$weight), gvif = I(n7(v[, 'GVIF'])), df = I(n7(v[, 'Df'])), kappa = kappa(scale(model.matrix(l)[, -1]), exact = TRUE))

# Rubin's rules: m estimates and variances, large-sample degrees of freedom (Rubin 1987)
q <- c(-.41, -.35, -.52, -.47, -.30); u <- c(.040, .043, .038, .041, .044); m <- length(q)
pool <- function(q, u) { b <- var(q); t <- mean(u) + (1 + 1 / m) * b; r <- (1 + 1 / m) * b / mean(u); df <- (m - 1) * (1 + 1 / r)^2
  list(coef = mean(q), se = sqrt(t), df = df, p = 2 * pt(-abs(mean(q) / sqrt(t)), df), ci = I(mean(q) + c(-1, 1) * qt(.975, df) * sqrt(t)), fmi = (r + 2 / (df + 3)) / (r + 1)) }
o$rubin <- c(list(q = I(q), u = I(u)), pool(q, u))

# Nelson-Aalen cumulative hazard at each patient's time (White and Royston 2009)
h <- survfit(Surv(time, event) ~ 1, d)
o$nelson_aalen <- I(n7(h$cumhaz[match(d$time, h$time)]))
wj(o, 'confounding.json')
