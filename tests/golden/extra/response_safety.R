# Response and adverse events of made-up patients, as R has them: Rscript response_safety.R (writes
# response_safety.json). Needs survival.
suppressMessages(library(survival)); source('../r/json17.R')
n7 <- function(x) unname(as.numeric(x))
o <- list(R = R.version.string, survival = as.character(packageVersion('survival')))
set.seed(23)
month <- 30.4375

# rates and their ratios
rates <- list(c(0, 12.5), c(1, 0.7), c(7, 120), c(56, 624.95), c(562, 1224.1))
o$rates <- lapply(rates, function(v) { t <- poisson.test(v[1], v[2]); list(events = v[1], time = v[2], values = I(n7(c(t$estimate, t$conf.int)))) })
pairs <- list(c(50, 233.03, 76, 189.96), c(0, 198.1, 8, 261.4), c(3, 610.9, 8, 546), c(1, 4, 1, 9))
o$ratios <- lapply(pairs, function(v) { t <- poisson.test(v[c(1, 3)], v[c(2, 4)]); list(given = I(v), values = I(n7(c(t$estimate, t$conf.int)))) })

# patients: arm, follow-up, PFS, first response (unconfirmed), end of treatment; events
n <- 44
d <- data.frame(arm = rep(c('a', 'b'), c(20, 24)), os = sample(90:700, n, TRUE), dead = rbinom(n, 1, .6))
d$pfs <- pmin(d$os, sample(50:400, n, TRUE)); d$event <- rbinom(n, 1, .8)
d$response <- ifelse(rbinom(n, 1, .5) == 1, pmin(d$pfs - 5, sample(20:90, n, TRUE)), NA)
d$stop <- pmin(d$os, sample(20:300, n, TRUE)); d$stop[c(3, 30)] <- NA
e <- data.frame(patient = sample(1:n, 70, TRUE), day = sample(0:420, 70, TRUE), grade = sample(1:4, 70, TRUE))
e$day[c(5, 50)] <- NA
o$patients <- lapply(d, I); o$events <- lapply(e, I)

# response: limits, difference (Newcombe 1998, method 10: from the score limits of prop.test), odds
score <- function(x, n) prop.test(x, n, correct = FALSE)$conf.int
newcombe <- function(x, n, x0, n0) { p <- x / n; q <- x0 / n0; s <- score(x, n); t <- score(x0, n0)
  c(p - q, p - q - sqrt((p - s[1])^2 + (t[2] - q)^2), p - q + sqrt((s[2] - p)^2 + (q - t[1])^2)) }
yes <- !is.na(d$response); x <- tapply(yes, d$arm, sum); m <- table(d$arm)
f <- fisher.test(rbind(x, m - x))
o$response <- list(a = I(n7(binom.test(x['a'], m['a'])$conf.int)), b = I(n7(binom.test(x['b'], m['b'])$conf.int)),
  difference = I(n7(newcombe(x['a'], m['a'], x['b'], m['b']))), odds_ratio = I(n7(c(f$estimate, f$conf.int))))
r <- d[yes, ]
o$duration <- lapply(split(r, r$arm), function(g) { s <- survfit(Surv(g$pfs - g$response, g$event) ~ 1); q <- quantile(s, .5); z <- summary(s, times = 3 * month)
  list(n = nrow(g), median = I(n7(c(q$quantile, q$lower, q$upper)) / month), at3 = I(n7(c(z$surv, z$lower, z$upper)))) })

# adverse events: 30 days after treatment, and the first 120 days
window <- function(limit) { seen <- pmin(limit, d$os)
  inside <- is.na(e$day) | e$day <= limit[e$patient]
  w <- e[inside, ]; having <- 1:n %in% w$patient
  first <- sapply(1:n, function(i) min(seen[i], w$day[w$patient == i], na.rm = TRUE))
  arm <- lapply(c(a = 'a', b = 'b'), function(g) { k <- d$arm == g; many <- sum(d$arm[w$patient] == g)
    list(n = sum(having[k]), events = many, exposure = sum(seen[k]) / month,
      rate = I(100 * n7({t <- poisson.test(sum(having[k]), sum(first[k]) / month); c(t$estimate, t$conf.int)})),
      event_rate = I(100 * n7({t <- poisson.test(many, sum(seen[k]) / month); c(t$estimate, t$conf.int)}))) })
  h <- tapply(having, d$arm, sum); t <- tapply(first, d$arm, sum); p <- poisson.test(n7(h), n7(t))
  c(arm, list(difference = I(100 * n7(newcombe(h['a'], m['a'], h['b'], m['b']))), ratio = I(n7(c(p$estimate, p$conf.int))))) }
o$after_end <- window(ifelse(is.na(d$stop), Inf, d$stop + 30))
o$first120 <- window(rep(120, n))
wj(o, 'response_safety.json')
